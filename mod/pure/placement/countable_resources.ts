import { type Fields, fieldsOf, itemsOf, scalarText } from "../objects/raw_value.ts";
import { isLabelKey } from "./label_syntax.ts";

/** The countable resources that a pod names: extended ones, huge pages and their like. */
export interface NamedResources {
  /** Extended ones, in order, though none of them be asked for: admission tolerates their taints. */
  readonly extended: readonly string[];
  /** All of which more than none is asked for, in order: a node has to have them. */
  readonly nonZero: readonly string[];
}

/**
 * Reads which countable resources a pod asks for (`computePodResourceRequest` of plug-in
 * NodeResourcesFit, Kubernetes 1.37). The API server takes a limit for the request where that is
 * missing; ephemeral containers have none; those of the whole pod can be huge pages alone.
 */
export function namedResources(spec: Fields): NamedResources {
  const containers = ["initContainers", "containers"].flatMap((list) => itemsOf(spec[list]));
  const inContainers = containers.map((container) => requestsOf(fieldsOf(container)["resources"]));
  const ofPod = Object.entries(requestsOf(spec["resources"])).filter(([name]) => isHugePage(name));
  const all = [...inContainers, Object.fromEntries(ofPod), fieldsOf(spec["overhead"])];
  return {
    extended: inOrder(inContainers.flatMap(Object.keys).filter(isExtended)),
    nonZero: inOrder(all.flatMap(nonZeroNames).filter((name) => !isAllocatedByClaim(name))),
  };
}

/** The countable resources that a node has, from its `status.allocatable`, in order. */
export function allocatableResources(allocatable: Fields): readonly string[] {
  return inOrder(nonZeroNames(allocatable));
}

function requestsOf(resources: unknown): Fields {
  const { limits, requests } = fieldsOf(resources);
  return { ...fieldsOf(limits), ...fieldsOf(requests) };
}

function nonZeroNames(quantities: Fields): string[] {
  return Object.keys(quantities).filter((name) => isCountable(name) && !isZero(quantities[name]));
}

const inOrder = (names: readonly string[]): string[] => [...new Set(names)].sort();

/** `IsScalarResourceName` of k8s.io/kubernetes pkg/scheduler/util, without those of volumes. */
function isCountable(name: string): boolean {
  return isExtended(name) || isHugePage(name) || name.includes("kubernetes.io/");
}

/** `IsExtendedResourceName` of k8s.io/kubernetes pkg/apis/core/v1/helper. */
function isExtended(name: string): boolean {
  return name.includes("/") && !name.includes("kubernetes.io/") && !name.startsWith("requests.") &&
    isLabelKey(`requests.${name}`);
}

const isHugePage = (name: string): boolean => name.startsWith("hugepages-");

/** Of a DeviceClass (KEP-5004): no node has it in `status.allocatable`. */
const isAllocatedByClaim = (name: string): boolean =>
  name.startsWith("deviceclass.resource.kubernetes.io/");

/** A quantity may have an exponent or a suffix: `0`, `0.0`, `0e3`, `0Ki`. */
function isZero(quantity: unknown): boolean {
  return /^[+-]?0*\.?0*(?:[eE][+-]?[0-9]+|[A-Za-z]*)$/.test(scalarText(quantity) ?? "");
}
