import type { Observed, ObservedFault, ObservedWorkload, Placement } from "./observed.ts";
import { imagesInPod } from "./images_in_pod.ts";
import { asksToSkip, metadataOf } from "./observe_metadata.ts";
import { daemonTolerations, placementOf, placementOnNode } from "./pod_placement.ts";
import { fieldsOf, itemsOf, textOf } from "./raw_value.ts";

type Fields = Readonly<Record<string, unknown>>;

/** Deployment, StatefulSet, ReplicaSet: a pod template, whatever the number of replicas. */
export function observeTemplated(raw: Fields, kind: string): Observed {
  return observeTemplate(raw, kind, fieldsOf(raw["spec"])["template"], "spec.template");
}

/** DaemonSet: its pods also tolerate what the DaemonSet controller adds. */
export function observeDaemonSet(raw: Fields): Observed {
  const template = fieldsOf(raw["spec"])["template"];
  const spec = fieldsOf(template)["spec"];
  const placement = placementOf(spec, daemonTolerations(spec));
  return observeTemplate(raw, "DaemonSet", template, "spec.template", { placement });
}

/** Job: wants nothing once it has ended; waits for its images unless it is suspended. */
export function observeJob(raw: Fields): Observed {
  const spec = fieldsOf(raw["spec"]);
  const ended = jobHasEnded(fieldsOf(raw["status"]));
  const waits = !ended && spec["suspend"] !== true;
  return observeTemplate(raw, "Job", spec["template"], "spec.template", { skip: ended, waits });
}

/** CronJob: its next Job wants the images, also when it is suspended for now. */
export function observeCronJob(raw: Fields): Observed {
  const jobTemplate = fieldsOf(raw["spec"])["jobTemplate"];
  const template = fieldsOf(fieldsOf(jobTemplate)["spec"])["template"];
  const skip = asksToSkip(jobTemplate);
  return observeTemplate(raw, "CronJob", template, "spec.jobTemplate.spec.template", { skip });
}

/** Pod: wants nothing once it has ended; one that names its node runs nowhere else. */
export function observePod(raw: Fields): Observed {
  const phase = textOf(fieldsOf(raw["status"])["phase"]);
  const node = textOf(fieldsOf(raw["spec"])["nodeName"]);
  return workload(raw, "Pod", raw["spec"], "spec", {
    skip: phase === "Succeeded" || phase === "Failed",
    waits: phase === "Pending",
    ...(node === undefined ? {} : { placement: placementOnNode(node) }),
  });
}

/** What a kind knows beyond its pods' specification. */
interface KindFacts {
  readonly skip?: boolean;
  /** Whether pods of it wait for their images right now. */
  readonly waits?: boolean;
  /** Instead of the one that the specification says. */
  readonly placement?: Placement;
}

function observeTemplate(
  raw: Fields,
  kind: string,
  template: unknown,
  path: string,
  facts: KindFacts = {},
): Observed {
  const skip = facts.skip === true || asksToSkip(template);
  return workload(raw, kind, fieldsOf(template)["spec"], `${path}.spec`, { ...facts, skip });
}

function workload(
  raw: Fields,
  kind: string,
  spec: unknown,
  path: string,
  facts: KindFacts,
): Observed {
  const { name, namespace, ownerKind, createdAt } = metadataOf(raw);
  const images = imagesInPod(spec, path);
  const observed: ObservedWorkload = {
    kind,
    namespace,
    name,
    ...(ownerKind === undefined ? {} : { ownerKind }),
    skip: facts.skip === true || asksToSkip(raw),
    wants: images.wants,
    faults: name === "" ? [NAMELESS, ...images.faults] : images.faults,
    placement: facts.placement ?? placementOf(spec),
    priority: priorityOf(fieldsOf(spec)),
    ...(facts.waits && createdAt !== undefined ? { neededBy: createdAt } : {}),
    pullSecrets: pullSecretsOf(fieldsOf(spec)),
  };
  return { type: "workload", workload: observed };
}

const NAMELESS: ObservedFault = { field: "metadata.name", value: "", why: "it is missing" };

/** The API server writes the number of the class into pods; templates have the name alone. */
function priorityOf(spec: Fields): number {
  const priority = spec["priority"];
  if (typeof priority === "number" && Number.isInteger(priority)) return priority;
  return SYSTEM_PRIORITIES.get(textOf(spec["priorityClassName"]) ?? "") ?? 0;
}

/** The two classes every cluster has (pkg/apis/scheduling/types.go); others are objects of the user. */
const SYSTEM_PRIORITIES: ReadonlyMap<string, number> = new Map([
  ["system-node-critical", 2_000_001_000],
  ["system-cluster-critical", 2_000_000_000],
]);

function pullSecretsOf(spec: Fields): readonly string[] {
  const names = itemsOf(spec["imagePullSecrets"]).map((item) => textOf(fieldsOf(item)["name"]));
  return [...new Set(names.filter((name) => name !== undefined))];
}

function jobHasEnded(status: Fields): boolean {
  if (textOf(status["completionTime"]) !== undefined) return true;
  return itemsOf(status["conditions"]).map(fieldsOf).some(
    ({ type, status }) => (type === "Complete" || type === "Failed") && status === "True",
  );
}
