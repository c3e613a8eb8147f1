import { withoutUnset } from "../without_unset.ts";
import { isScaledToZero } from "./known/knative.ts";
import { readMarks } from "./marks.ts";
import { asksToSkip, metadataOf } from "./observe_metadata.ts";
import { hasCondition } from "./observe_pod_shaped.ts";
import { observePodSpec, observePodTemplate, readShape } from "./observe_pod_spec.ts";
import type { Observed } from "./observed.ts";
import { unboundSpec } from "./pod_binding.ts";
import { type Fields, fieldsOf, itemsOf, scalarText, textOf } from "./raw_value.ts";
import { hasNoReplicas } from "./replicas.ts";
import { scheduleOf } from "./schedule_of.ts";

/** Kinds with a pod template in `spec.template`; their images count whatever their replicas. */
export function observeTemplated(raw: Fields, kind: string): Observed {
  const template = fieldsOf(raw["spec"])["template"];
  return observePodTemplate(raw, template, {
    kind,
    path: "spec.template",
    ended: isScaledToZero(raw),
  });
}

/** DaemonSet: its pods also tolerate what the DaemonSet controller adds. */
export function observeDaemonSet(raw: Fields, kind: string): Observed {
  const template = fieldsOf(raw["spec"])["template"];
  return observePodTemplate(raw, template, { kind, path: "spec.template", isDaemon: true });
}

/** ReplicaSet and ReplicationController: a revision of what has made it, if something has. */
export function observeRevision(raw: Fields, kind: string): Observed {
  const { owner, annotations, createdAt } = metadataOf(raw);
  const number = revisionNumber(annotations);
  const revision = withoutUnset({
    number,
    createdAt: number === 0 ? createdAt : undefined,
    idle: hasNoReplicas(raw),
  });
  return observePodTemplate(raw, fieldsOf(raw["spec"])["template"], {
    kind,
    path: "spec.template",
    ended: isScaledToZero(raw),
    revision: owner === undefined ? undefined : revision,
  });
}

/** Job: wants nothing once it has ended; its pods wait for images unless it is suspended. */
export function observeJob(raw: Fields, kind: string): Observed {
  const spec = fieldsOf(raw["spec"]);
  const status = fieldsOf(raw["status"]);
  const ended = textOf(status["completionTime"]) !== undefined || hasFinished(status);
  return observePodTemplate(raw, spec["template"], {
    kind,
    path: "spec.template",
    ended,
    waits: spec["suspend"] !== true,
    revision: metadataOf(raw).owner && { number: 0, idle: false, standsAlone: true },
  });
}

/** CronJob: its next Job wants the images, also while the CronJob is suspended. */
export function observeCronJob(raw: Fields, kind: string): Observed {
  const jobTemplate = fieldsOf(raw["spec"])["jobTemplate"];
  const { schedule, faults } = scheduleOf(raw["spec"], metadataOf(raw).createdAt);
  return observePodTemplate(raw, fieldsOf(fieldsOf(jobTemplate)["spec"])["template"], {
    kind,
    path: "spec.jobTemplate.spec.template",
    skip: asksToSkip(jobTemplate),
    schedule,
    faults,
  });
}

/**
 * Pod: wants nothing once it has ended. One that an object has made leaves what it shows of it. One
 * that gates hold cannot be scheduled, and who holds it may still say where it runs: it is as if it
 * were not there yet.
 * https://kubernetes.io/docs/concepts/scheduling-eviction/pod-scheduling-readiness/
 */
export function observePod(raw: Fields, kind: string): Observed {
  if (itemsOf(fieldsOf(raw["spec"])["schedulingGates"]).length > 0) return { type: "ignored" };
  const phase = textOf(fieldsOf(raw["status"])["phase"]);
  const ended = phase === "Succeeded" || phase === "Failed";
  const waits = phase === "Pending";
  const { namespace, owner, createdAt, labels } = metadataOf(raw);
  const spec = unboundSpec(raw);
  if (owner === undefined || owner.kind === "Node") {
    // An API server has let it in: what its ServiceAccount adds is in it.
    const isAdmitted = textOf(fieldsOf(raw["metadata"])["uid"]) !== undefined;
    return observePodSpec(raw, spec, { kind, path: "spec", ended, waits, isAdmitted });
  }
  if (ended || asksToSkip(raw)) return { type: "ignored" };
  const { marks, faults: badMarks } = readMarks(raw);
  const { shape, faults } = readShape(spec, { path: "spec" });
  return {
    type: "pod",
    pod: withoutUnset({
      namespace,
      owner,
      revision: textOf(labels["controller-revision-hash"]),
      shape,
      faults: [...faults, ...badMarks],
      marks,
      neededBy: waits ? createdAt : undefined,
    }),
  };
}

/** `JobConditionType` of k8s.io/api/batch/v1. */
const hasFinished = hasCondition("Complete", "Failed");

function revisionNumber(annotations: Fields): number {
  for (const [key, value] of Object.entries(annotations)) {
    const text = scalarText(value) ?? "";
    if (REVISION_ANNOTATION.test(key) && /^\d{1,15}$/.test(text)) return Number(text);
  }
  return 0;
}

/** Such as `deployment.kubernetes.io/revision`, `rollout.argoproj.io/revision`; and OpenShift's. */
const REVISION_ANNOTATION = /\/revision$|^openshift\.io\/deployment-config\.latest-version$/;
