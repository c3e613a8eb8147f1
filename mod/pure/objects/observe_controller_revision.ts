import { metadataOf } from "./observe_metadata.ts";
import { observePodTemplate } from "./observe_pod_spec.ts";
import { isOfDaemon } from "./pod_binding.ts";
import type { Observed } from "./observed.ts";
import { type Fields, fieldsOf, isFields, textOf } from "./raw_value.ts";

/** Labels that say what pods of a revision have as `controller-revision-hash`. */
const HASH_LABELS = ["controller-revision-hash", "controller.kubernetes.io/hash"];

/**
 * ControllerRevision: a pod template that its owner had or has, such as a StatefulSet. Those of
 * other data, and of owners that keep no templates in them, are ignored.
 */
export function observeControllerRevision(
  raw: Fields,
  kind: string,
): Observed {
  const { name, owner, labels } = metadataOf(raw);
  const template = fieldsOf(fieldsOf(raw["data"])["spec"])["template"];
  if (owner === undefined || !isFields(template)) return { type: "ignored" };
  const number = raw["revision"];
  const hashes = HASH_LABELS.map((label) => textOf(labels[label])).filter((hash) =>
    hash !== undefined
  );
  return observePodTemplate(raw, template, {
    kind,
    path: "data.spec.template",
    isDaemon: isOfDaemon(owner),
    revision: {
      number: typeof number === "number" ? number : 0,
      hashes: [...new Set([name, ...hashes])],
      idle: true,
    },
  });
}
