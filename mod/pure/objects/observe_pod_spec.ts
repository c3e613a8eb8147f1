import { daemonTolerations, placementOf, placementOnNode } from "../placement/pod_placement.ts";
import { unlessEmpty } from "../unless_empty.ts";
import { withoutUnset } from "../without_unset.ts";
import { imagesAlsoNamed } from "./also_named.ts";
import { imagesInPod } from "./images_in_pod.ts";
import { readMarks } from "./marks.ts";
import { asksToSkip, isHelmTest, metadataOf, nameFaults } from "./observe_metadata.ts";
import type {
  AlsoWant,
  Observed,
  ObservedFault,
  PodShape,
  Revision,
  Schedule,
  Want,
} from "./observed.ts";
import { type Fields, fieldsOf, itemsOf, textOf } from "./raw_value.ts";

/** What is known of an object beside what its pods ask for. */
export interface WorkloadFacts {
  /** Name of the kind, as `kindName` gives it. */
  readonly kind: string;
  /** Where the template or specification is in the object, such as `spec.template`; for faults. */
  readonly path: string;
  /** What the fields of its images hold while something else is to give them: see `imagesAt`. */
  readonly unsaid?: RegExp;
  /** Whether a part of the object asks to be skipped. */
  readonly skip?: boolean;
  /** Whether it will make no more pods, such as a Job that has ended. */
  readonly ended?: boolean;
  /** Whether pods of the object wait for their images right now. */
  readonly waits?: boolean;
  /** Whether an API server has let the pod in: no ServiceAccount adds pull secrets any more. */
  readonly isAdmitted?: boolean;
  /** Whether its pods are made by the DaemonSet controller, or one like it. */
  readonly isDaemon?: boolean;
  readonly revision?: Revision | undefined;
  readonly schedule?: Schedule | undefined;
  readonly also?: readonly AlsoWant[];
  /** What else of the object could not be read. */
  readonly faults?: readonly ObservedFault[];
}

/** What pods of a specification ask for, and the fields of it that should name an image. */
export interface ReadShape {
  readonly shape: PodShape;
  readonly faults: readonly ObservedFault[];
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
  const { shape, faults } = readShape(spec, facts);
  const also = facts.revision === undefined ? imagesAlsoNamed(spec) : [];
  return observeShapes(raw, { shapes: [shape], faults }, { ...facts, also });
}

/** As `ReadShape`, of all specifications that an object holds. */
export interface ReadShapes {
  readonly shapes: readonly PodShape[];
  readonly faults: readonly ObservedFault[];
}

/** Makes the record of an object from what its pods ask for. */
export function observeShapes(
  raw: Fields,
  { shapes, faults }: ReadShapes,
  facts: Omit<WorkloadFacts, "path">,
): Observed {
  const metadata = metadataOf(raw);
  const { name, namespace, owner, createdAt } = metadata;
  if (facts.ended === true || isHelmTest(metadata)) return { type: "ignored" };
  const read = readMarks(raw);
  return {
    type: "workload",
    workload: withoutUnset({
      kind: facts.kind,
      namespace,
      name,
      owner,
      skip: facts.skip === true || asksToSkip(raw),
      shapes,
      also: unlessEmpty(facts.also ?? []),
      faults: [...nameFaults(raw), ...faults, ...read.faults, ...facts.faults ?? []],
      neededBy: facts.waits ? createdAt : undefined,
      marks: read.marks,
      revision: facts.revision,
      schedule: facts.schedule,
    }),
  };
}

/** Reads a pod's specification; where it names a node, its pods run there alone. */
export function readShape(
  spec: unknown,
  facts: Pick<WorkloadFacts, "path" | "isDaemon" | "isAdmitted" | "unsaid">,
): ReadShape {
  const { wants, faults } = imagesInPod(spec, facts.path, facts.unsaid);
  return { shape: shapeOf(spec, wants, facts), faults };
}

/** What pods of this specification are like, whose images are known. */
export function shapeOf(
  spec: unknown,
  wants: readonly Want[],
  { isDaemon, isAdmitted }: Pick<WorkloadFacts, "isDaemon" | "isAdmitted"> = {},
): PodShape {
  const fields = fieldsOf(spec);
  const added = isDaemon === true ? daemonTolerations(spec) : [];
  const { priority } = fields;
  const node = textOf(fields["nodeName"]);
  return withoutUnset({
    wants,
    placement: node === undefined ? placementOf(spec, added) : placementOnNode(node, spec),
    runtimeClass: textOf(fields["runtimeClassName"]),
    priority: typeof priority === "number" && Number.isInteger(priority) ? priority : undefined,
    priorityClass: textOf(fields["priorityClassName"]),
    pullSecrets: pullSecretsOf(fields),
    serviceAccount: isAdmitted === true ? "" : serviceAccountOf(fields),
  });
}

/** Names of the pull secrets of a pod's specification or a ServiceAccount; kubelet skips empty ones. */
export function pullSecretsOf(spec: Fields): readonly string[] {
  const names = itemsOf(spec["imagePullSecrets"]).map((item) => textOf(fieldsOf(item)["name"]));
  return [...new Set(names.filter((name) => name !== undefined))];
}

/**
 * Whose pull secrets admission adds: to pods whose list is empty, so not to those that name one by an
 * empty text (`admitPod` of plugin/pkg/admission/serviceaccount). `serviceAccount` is the former name of
 * the field, and still counts.
 */
function serviceAccountOf(spec: Fields): string | undefined {
  const named = textOf(spec["serviceAccountName"]) ?? textOf(spec["serviceAccount"]) ?? "default";
  const namesNone = itemsOf(spec["imagePullSecrets"]).length > 0 &&
    pullSecretsOf(spec).length === 0;
  if (namesNone) return "";
  return named === "default" ? undefined : named;
}
