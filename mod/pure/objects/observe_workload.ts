import { asksToSkip } from "./observe_metadata.ts";
import { observePodSpec, observePodTemplate } from "./observe_pod_spec.ts";
import type { Observed } from "./observed.ts";
import { daemonTolerations, placementOf, placementOnNode } from "../placement/pod_placement.ts";
import { fieldsOf, itemsOf, textOf } from "./raw_value.ts";

type Fields = Readonly<Record<string, unknown>>;

/** Kinds with a pod template in `spec.template`; their images count whatever their replicas. */
export function observeTemplated(raw: Fields, kind: string): Observed {
  return observePodTemplate(raw, fieldsOf(raw["spec"])["template"], {
    kind,
    path: "spec.template",
  });
}

/** DaemonSet: its pods also tolerate what the DaemonSet controller adds. */
export function observeDaemonSet(raw: Fields, kind: string): Observed {
  const template = fieldsOf(raw["spec"])["template"];
  const spec = fieldsOf(template)["spec"];
  const placement = placementOf(spec, daemonTolerations(spec));
  return observePodTemplate(raw, template, { kind, path: "spec.template", placement });
}

/** Job: wants nothing once it has ended; its pods wait for images unless it is suspended. */
export function observeJob(raw: Fields, kind: string): Observed {
  const spec = fieldsOf(raw["spec"]);
  const ended = jobHasEnded(fieldsOf(raw["status"]));
  return observePodTemplate(raw, spec["template"], {
    kind,
    path: "spec.template",
    skip: ended,
    waits: !ended && spec["suspend"] !== true,
  });
}

/** CronJob: its next Job wants the images, also while the CronJob is suspended. */
export function observeCronJob(raw: Fields, kind: string): Observed {
  const jobTemplate = fieldsOf(raw["spec"])["jobTemplate"];
  return observePodTemplate(raw, fieldsOf(fieldsOf(jobTemplate)["spec"])["template"], {
    kind,
    path: "spec.jobTemplate.spec.template",
    skip: asksToSkip(jobTemplate),
  });
}

/** Pod: wants nothing once it has ended; one that names its node runs nowhere else. */
export function observePod(raw: Fields, kind: string): Observed {
  const phase = textOf(fieldsOf(raw["status"])["phase"]);
  const node = textOf(fieldsOf(raw["spec"])["nodeName"]);
  return observePodSpec(raw, raw["spec"], {
    kind,
    path: "spec",
    skip: phase === "Succeeded" || phase === "Failed",
    waits: phase === "Pending",
    placement: node === undefined ? undefined : placementOnNode(node),
  });
}

function jobHasEnded(status: Fields): boolean {
  if (textOf(status["completionTime"]) !== undefined) return true;
  return itemsOf(status["conditions"]).map(fieldsOf).some(
    ({ type, status }) => (type === "Complete" || type === "Failed") && status === "True",
  );
}
