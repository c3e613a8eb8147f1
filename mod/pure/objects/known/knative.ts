import { readAssembled } from "../assembled_pod.ts";
import { markOf, metadataOf } from "../observe_metadata.ts";
import { observeParts, UNSAID } from "../observe_pod_shaped.ts";
import { observePodSpec } from "../observe_pod_spec.ts";
import type { Observed } from "../observed.ts";
import { type Fields, fieldsOf, itemsOf, scalarText, textOf } from "../raw_value.ts";
import { hasNoReplicas } from "../replicas.ts";

/**
 * Knative's Revision: wants nothing once no traffic can reach it; a service keeps many of these. Its
 * pods ask for the digests that its tags stood for when it was made (`containerStatuses`).
 * (`RoutingStateLabelKey` of knative/serving pkg/apis/serving; `RevisionStatus` of its v1.)
 */
export function observeKnativeRevision(raw: Fields, kind: string): Observed {
  const ended = markOf(raw, "serving.knative.dev/routingState") === "reserve";
  const { containerStatuses, initContainerStatuses } = fieldsOf(raw["status"]);
  const spec = fieldsOf(raw["spec"]);
  const resolved = {
    ...spec,
    containers: withDigests(spec["containers"], containerStatuses),
    initContainers: withDigests(spec["initContainers"], initContainerStatuses),
  };
  return observePodSpec(raw, resolved, { kind, path: "spec", ended, unsaid: UNSAID });
}

/**
 * Knative's caching Image: an image that starts are faster with, such as that of the sidecar that
 * all revisions have. Those that a Revision has made are left to it: they stay as long as it does,
 * reached by traffic or not. (knative/caching pkg/apis/caching/v1alpha1 `ImageSpec`)
 */
export function observeKnativeImage(raw: Fields, kind: string): Observed {
  if (metadataOf(raw).owner !== undefined) return { type: "ignored" };
  const spec = fieldsOf(raw["spec"]);
  const containers = [["spec", { image: spec["image"] }]] as const;
  return observeParts(raw, [readAssembled({ path: "spec", spec, containers })], { kind });
}

/**
 * Whether Knative has scaled a Deployment or a ReplicaSet of it to zero: its Revision knows whether
 * it may be scaled up again. (`makeLabels` of knative/serving pkg/reconciler/revision/resources)
 */
export function isScaledToZero(raw: Fields): boolean {
  return markOf(raw, "serving.knative.dev/revision") !== undefined && hasNoReplicas(raw);
}

/** By name; a Revision of one container may have no name for it. */
function withDigests(containers: unknown, statuses: unknown): readonly unknown[] {
  const known = itemsOf(statuses).map(fieldsOf);
  return itemsOf(containers).map((container, index) => {
    const name = scalarText(fieldsOf(container)["name"]) ?? "";
    const status = known.find((each) => scalarText(each["name"]) === name) ??
      (known.length === 1 && index === 0 && name === "" ? known[0] : undefined);
    const image = textOf(status?.["imageDigest"]);
    return image === undefined ? container : { ...fieldsOf(container), image };
  });
}
