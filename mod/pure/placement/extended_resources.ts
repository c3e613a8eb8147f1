import { fieldsOf, itemsOf, scalarText } from "../objects/raw_value.ts";

type Fields = Readonly<Record<string, unknown>>;

/** The extended resources that a pod's containers name. */
export interface NamedResources {
  /** All, in order: admission gives a toleration for each. */
  readonly names: readonly string[];
  /** Those of which more than none is asked for: a node has to have them. */
  readonly nonZero: readonly string[];
}

/**
 * Reads which extended resources a pod asks for. The API server takes a limit for the request where
 * that is missing; ephemeral containers have none.
 */
export function extendedResources(spec: Fields): NamedResources {
  const asked = new Map<string, boolean>();
  for (const list of ["initContainers", "containers"]) {
    for (const container of itemsOf(spec[list])) {
      const { limits, requests } = fieldsOf(fieldsOf(container)["resources"]);
      for (
        const [name, quantity] of Object.entries({ ...fieldsOf(limits), ...fieldsOf(requests) })
      ) {
        if (!isExtendedResource(name)) continue;
        asked.set(name, asked.get(name) === true || !isZero(quantity));
      }
    }
  }
  const names = [...asked.keys()].sort();
  return { names, nonZero: names.filter((name) => asked.get(name)) };
}

/** The extended resources that a node has, from its `status.allocatable`, in order. */
export function allocatableResources(allocatable: Fields): readonly string[] {
  return Object.entries(allocatable)
    .filter(([name, quantity]) => isExtendedResource(name) && !isZero(quantity))
    .map(([name]) => name).sort();
}

/** `IsExtendedResourceName` of k8s.io/kubernetes pkg/apis/core/helper. */
function isExtendedResource(name: string): boolean {
  return name.includes("/") && !name.includes("kubernetes.io/") && !name.startsWith("requests.");
}

function isZero(quantity: unknown): boolean {
  return /^[+-]?0*\.?0*[A-Za-z]*$/.test(scalarText(quantity) ?? "");
}
