import { withoutUnset } from "../without_unset.ts";
import { imagesInPod } from "./images_in_pod.ts";
import { asksToSkip, metadataOf } from "./observe_metadata.ts";
import type { Observed, ObservedFault, Placement } from "./observed.ts";
import { placementOf } from "../placement/pod_placement.ts";
import { fieldsOf, itemsOf, textOf } from "./raw_value.ts";

type Fields = Readonly<Record<string, unknown>>;

/** What a kind says of an object beside its pods' specification. */
export interface WorkloadFacts {
  /** Name of the kind, as `kindName` gives it. */
  readonly kind: string;
  /** Where the template or specification is in the object, such as `spec.template`; for faults. */
  readonly path: string;
  /** Whether the object wants no images, such as a Job that has ended. */
  readonly skip?: boolean;
  /** Whether pods of the object wait for their images right now. */
  readonly waits?: boolean;
  /** Counts instead of what the specification says. */
  readonly placement?: Placement | undefined;
}

/** Makes the record of an object from its pod template. */
export function observePodTemplate(raw: Fields, template: unknown, facts: WorkloadFacts): Observed {
  return observePodSpec(raw, fieldsOf(template)["spec"], {
    ...facts,
    path: `${facts.path}.spec`,
    skip: facts.skip === true || asksToSkip(template),
  });
}

/** Makes the record of an object from the specification of its pods. */
export function observePodSpec(raw: Fields, spec: unknown, facts: WorkloadFacts): Observed {
  const { name, namespace, owner, createdAt } = metadataOf(raw);
  const images = imagesInPod(spec, facts.path);
  return {
    type: "workload",
    workload: withoutUnset({
      kind: facts.kind,
      namespace,
      name,
      owner,
      skip: facts.skip === true || asksToSkip(raw),
      wants: images.wants,
      faults: name === "" ? [NAMELESS, ...images.faults] : images.faults,
      placement: facts.placement ?? placementOf(spec),
      priority: priorityOf(fieldsOf(spec)),
      neededBy: facts.waits ? createdAt : undefined,
      pullSecrets: pullSecretsOf(fieldsOf(spec)),
    }),
  };
}

const NAMELESS: ObservedFault = { field: "metadata.name", value: "", why: "it is missing" };

/** Pods have the number, written by the API server; templates only have the name of the class. */
function priorityOf(spec: Fields): number {
  const priority = spec["priority"];
  if (typeof priority === "number" && Number.isInteger(priority)) return priority;
  return SYSTEM_PRIORITIES.get(textOf(spec["priorityClassName"]) ?? "") ?? 0;
}

/** The two classes that every cluster has (pkg/apis/scheduling/types.go); users make the others. */
const SYSTEM_PRIORITIES: ReadonlyMap<string, number> = new Map([
  ["system-node-critical", 2_000_001_000],
  ["system-cluster-critical", 2_000_000_000],
]);

function pullSecretsOf(spec: Fields): readonly string[] {
  const names = itemsOf(spec["imagePullSecrets"]).map((item) => textOf(fieldsOf(item)["name"]));
  return [...new Set(names.filter((name) => name !== undefined))];
}
