import { groupOf } from "./group_kind.ts";
import type { ObservedFault, Owner } from "./observed.ts";
import { type Fields, fieldsOf, itemsOf, scalarText, textOf } from "./raw_value.ts";

/** What is kept of an object's metadata. */
export interface Metadata {
  /** Its name, else its `generateName` with a `*`; empty when both are missing. */
  readonly name: string;
  readonly namespace: string;
  readonly owner: Owner | undefined;
  /** ISO time. */
  readonly createdAt: string | undefined;
  readonly labels: Fields;
  readonly annotations: Fields;
}

/** Reads the metadata of an object; one without a namespace belongs to `default`. */
export function metadataOf(raw: unknown): Metadata {
  const metadata = fieldsOf(fieldsOf(raw)["metadata"]);
  const prefix = textOf(metadata["generateName"]);
  return {
    name: scalarText(metadata["name"]) || (prefix === undefined ? "" : `${prefix}*`),
    namespace: scalarText(metadata["namespace"]) || "default",
    owner: ownerOf(metadata["ownerReferences"]),
    createdAt: textOf(metadata["creationTimestamp"]),
    labels: fieldsOf(metadata["labels"]),
    annotations: fieldsOf(metadata["annotations"]),
  };
}

/** What is wrong with an object's name and namespace: `010` and `y` are no texts in YAML. */
export function nameFaults(raw: unknown): ObservedFault[] {
  const metadata = fieldsOf(fieldsOf(raw)["metadata"]);
  const missing = { field: "metadata.name", value: "", why: "it is missing" };
  const faults = ["name", "namespace"].flatMap((key): ObservedFault[] => {
    const value = scalarText(metadata[key]);
    if (value === undefined || typeof metadata[key] === "string") return [];
    return [{ field: `metadata.${key}`, value, why: "it is not a text" }];
  });
  const isNamed = scalarText(metadata["name"]) || textOf(metadata["generateName"]);
  return isNamed ? faults : [missing, ...faults];
}

/** The object's owner with `controller: true`. */
export function controllingOwner(raw: unknown): Owner | undefined {
  return ownerOf(fieldsOf(fieldsOf(raw)["metadata"])["ownerReferences"]);
}

/** Whether the object has `warm-images/skip: "true"` as an annotation or a label. */
export function asksToSkip(raw: unknown): boolean {
  return markOf(raw, "warm-images/skip") === "true";
}

/** The value of an annotation or, where there is none, a label. */
export function markOf(raw: unknown, key: string): string | undefined {
  const { annotations, labels } = fieldsOf(fieldsOf(raw)["metadata"]);
  return scalarText(fieldsOf(annotations)[key]) ?? scalarText(fieldsOf(labels)[key]);
}

/**
 * Whether the object is run by `helm test` alone, and so by nobody soon:
 * https://helm.sh/docs/topics/chart_tests/
 */
export function isHelmTest({ annotations }: Pick<Metadata, "annotations">): boolean {
  const hooks = scalarText(annotations["helm.sh/hook"])?.split(",").map((hook) => hook.trim());
  return hooks !== undefined && hooks.every((hook) => /^test(?:-success|-failure)?$/.test(hook));
}

/** An object has one such owner at most (`metav1.GetControllerOf`). */
function ownerOf(references: unknown): Owner | undefined {
  const owner = itemsOf(references).map(fieldsOf).find(({ controller }) => controller === true);
  const kind = textOf(owner?.["kind"]);
  if (kind === undefined) return undefined;
  const group = groupOf(textOf(owner?.["apiVersion"]) ?? "");
  return { group, kind, name: textOf(owner?.["name"]) ?? "" };
}
