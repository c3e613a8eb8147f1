import { type LocatedContainer, locatedIn, readAssembled } from "../assembled_pod.ts";
import { observeParts } from "../observe_pod_shaped.ts";
import type { Observed } from "../observed.ts";
import { type Fields, fieldsOf, textOf } from "../raw_value.ts";

/** The containers that the operator makes, by the fields that name their images. */
const OWN = [
  ["spec", ["prometheus", "alertmanager"]],
  ["spec.thanos", ["thanos-sidecar"]],
] as const;

/**
 * Prometheus and Alertmanager (`CommonPrometheusFields`, `PrometheusSpec` and `AlertmanagerSpec` of
 * prometheus-operator/prometheus-operator pkg/apis/monitoring/v1): `image` beside the selectors of
 * pods. `containers` are further ones, and changes to the operator's own: an image of theirs counts
 * then. Without any the operator knows the image; `version` and `baseImage` do not name one.
 */
export function observePrometheus(raw: Fields, kind: string): Observed {
  const spec = fieldsOf(raw["spec"]);
  const given = locatedIn(spec, ["containers", "initContainers"], "spec");
  const replaced = new Set(
    given.map(([, each]) => fieldsOf(each)).filter(({ image }) => textOf(image) !== undefined)
      .map(({ name }) => name),
  );
  const own = OWN.filter(([, names]) => !names.some((name) => replaced.has(name)))
    .map(([path]): LocatedContainer => {
      const { image, resources } = fieldsOf(path === "spec" ? spec : spec["thanos"]);
      return [path, { image, resources, imagePullPolicy: spec["imagePullPolicy"] }];
    });
  const part = readAssembled({ path: "spec", spec, containers: [...own, ...given] });
  return observeParts(raw, [part], { kind });
}
