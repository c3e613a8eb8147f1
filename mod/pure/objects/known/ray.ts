import { imageOfContainer, imagesAt } from "../images_in_pod.ts";
import { observeParts, UNSAID } from "../observe_pod_shaped.ts";
import { type ReadShape, readShape } from "../observe_pod_spec.ts";
import type { Observed } from "../observed.ts";
import { podShapedParts } from "../pod_shaped_parts.ts";
import { type Fields, fieldsOf, textOf } from "../raw_value.ts";

/**
 * RayCluster, RayService and RayJob (ray-project/kuberay ray-operator/apis/ray/v1): the head and each
 * group of workers run where they say themselves. A job wants nothing once it has ended.
 */
export function observeRay(raw: Fields, kind: string): Observed {
  const ended = ENDED.has(textOf(fieldsOf(raw["status"])["jobDeploymentStatus"]) ?? "");
  const spec = fieldsOf(raw["spec"]);
  const parts = podShapedParts({ spec }).map(({ path, spec: pod }) => {
    const read = readShape(pod, { path, unsaid: UNSAID });
    return path.endsWith(HEAD) ? withAutoscaler(read, spec, path.slice(0, -HEAD.length)) : read;
  });
  return observeParts(raw, parts, { kind, ended });
}

/** `JobDeploymentStatus`. */
const ENDED: ReadonlySet<string> = new Set(["Complete", "Failed", "ValidationFailed"]);

const HEAD = ".headGroupSpec.template.spec";

/** The autoscaler is a container of the head's pod; without an image it has that of the head. */
function withAutoscaler({ shape, faults }: ReadShape, spec: Fields, cluster: string): ReadShape {
  const field = cluster.slice("spec.".length);
  const { autoscalerOptions } = field === "" ? spec : fieldsOf(spec[field]);
  const image = imageOfContainer(autoscalerOptions, `${cluster}.autoscalerOptions`);
  const found = imagesAt([{ ...image, container: "autoscaler" }], UNSAID);
  return {
    shape: { ...shape, wants: [...shape.wants, ...found.wants] },
    faults: [...faults, ...found.faults],
  };
}
