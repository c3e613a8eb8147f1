import { tolerationsOf } from "../placement/pod_placement.ts";
import { unlessEmpty } from "../unless_empty.ts";
import { withoutUnset } from "../without_unset.ts";
import { metadataOf } from "./observe_metadata.ts";
import type { Observed } from "./observed.ts";
import { type Fields, fieldsOf, textsOf } from "./raw_value.ts";

/** Keeps what a RuntimeClass adds to its pods' placement. */
export function observeRuntimeClass(raw: Fields): Observed {
  const { name } = metadataOf(raw);
  if (name === "") return { type: "ignored" };
  const scheduling = fieldsOf(raw["scheduling"]);
  const runtimeClass = withoutUnset({
    name,
    nodeSelector: unlessEmpty(textsOf(scheduling["nodeSelector"])),
    tolerations: unlessEmpty(tolerationsOf(scheduling["tolerations"])),
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
