import { tolerationsOf } from "../placement/pod_placement.ts";
import { withoutUnset } from "../without_unset.ts";
import { metadataOf } from "./observe_metadata.ts";
import type { Observed } from "./observed.ts";
import { fieldsOf, textsOf } from "./raw_value.ts";

type Fields = Readonly<Record<string, unknown>>;

/** Keeps what a RuntimeClass adds to its pods' placement. */
export function observeRuntimeClass(raw: Fields): Observed {
  const { name } = metadataOf(raw);
  if (name === "") return { type: "ignored" };
  const scheduling = fieldsOf(raw["scheduling"]);
  const nodeSelector = textsOf(scheduling["nodeSelector"]);
  const tolerations = tolerationsOf(scheduling["tolerations"]);
  const runtimeClass = withoutUnset({
    name,
    nodeSelector: Object.keys(nodeSelector).length > 0 ? nodeSelector : undefined,
    tolerations: tolerations.length > 0 ? tolerations : undefined,
  });
  return { type: "runtimeClass", runtimeClass };
}

/** Keeps the value of a PriorityClass. */
export function observePriorityClass(raw: Fields): Observed {
  const { name } = metadataOf(raw);
  const { value, globalDefault } = raw;
  if (name === "" || typeof value !== "number" || !Number.isInteger(value)) {
    return { type: "ignored" };
  }
  return {
    type: "priorityClass",
    priorityClass: { name, value, globalDefault: globalDefault === true },
  };
}
