import type { ObservedPod, PodShape } from "../objects/observed.ts";
import { isOfDaemon } from "../objects/pod_binding.ts";
import { withoutUnset } from "../without_unset.ts";

/**
 * A pod as its template has it where a DaemonSet's controller has made it: that replaces all terms of
 * the required node affinity by one that names the pod's node, so that no pod shows the template's.
 * Terms that a pod does show, webhooks have added.
 * Source: ReplaceDaemonSetPodNodeNameNodeAffinity of pkg/controller/daemon/util
 */
export function asTemplated(pod: ObservedPod, template: PodShape | undefined): ObservedPod {
  const affinity = template?.placement.affinity;
  const { placement } = pod.shape;
  if (affinity === undefined || placement.affinity !== undefined || !isOfDaemon(pod.owner)) {
    return pod;
  }
  const { nodeSelector, ...rest } = placement;
  // In the order of `placementOf()`: equal placements have to give equal JSON.
  return {
    ...pod,
    shape: { ...pod.shape, placement: withoutUnset({ nodeSelector, affinity, ...rest }) },
  };
}
