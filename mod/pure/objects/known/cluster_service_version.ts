import { parseImageReference } from "../../images/image_reference.ts";
import { markOf } from "../observe_metadata.ts";
import { observeShapes } from "../observe_pod_spec.ts";
import type { AlsoWant, Observed } from "../observed.ts";
import { type Fields, fieldsOf, itemsOf, textOf } from "../raw_value.ts";

/**
 * OLM's ClusterServiceVersion: what an operator declares that it may start (`RelatedImage` of
 * operator-framework/api pkg/operators/v1alpha1), which counts where users say so
 * (`warm-images/also`). Of its own Deployments OLM makes objects, which speak for themselves.
 */
export function observeClusterServiceVersion(
  raw: Fields,
  kind: string,
): Observed {
  if (markOf(raw, "olm.copiedFrom") !== undefined) return { type: "ignored" };
  const also = itemsOf(fieldsOf(raw["spec"])["relatedImages"]).map(fieldsOf).flatMap(
    ({ name, image }): AlsoWant[] => {
      const written = textOf(image);
      const parsed = parseImageReference(written ?? "");
      if (written === undefined || "fault" in parsed) return [];
      const { canonical } = parsed.reference;
      return [{ written, reference: canonical, container: textOf(name) ?? "", from: "related" }];
    },
  );
  if (also.length === 0) return { type: "ignored" };
  return observeShapes(raw, { shapes: [], faults: [] }, { kind, also });
}
