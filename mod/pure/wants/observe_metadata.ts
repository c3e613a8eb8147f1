import { type GroupKind, groupOf } from "./group_kind.ts";
import { fieldsOf, itemsOf, scalarText, textOf } from "./raw_value.ts";

/** What is kept of an object's metadata. */
export interface Metadata {
  /**
   * Its name, else its `generateName` with `*` for what an API server adds (`isGeneratedName`);
   * empty when both are missing.
   */
  readonly name: string;
  readonly namespace: string;
  /** Group and kind of the owner with `controller: true`. */
  readonly owner: GroupKind | undefined;
  /** ISO time. */
  readonly createdAt: string | undefined;
}

/** Reads the metadata of an object; one without a namespace belongs to `default`. */
export function metadataOf(raw: unknown): Metadata {
  const metadata = fieldsOf(fieldsOf(raw)["metadata"]);
  return {
    name: textOf(metadata["name"]) ?? generatedName(metadata["generateName"]) ?? "",
    namespace: textOf(metadata["namespace"]) ?? "default",
    owner: controllingOwner(metadata["ownerReferences"]),
    createdAt: textOf(metadata["creationTimestamp"]),
  };
}

/** Whether a name of `metadataOf` stands for any number of objects: no name holds `*`. */
export function isGeneratedName(name: string): boolean {
  return name.endsWith("*");
}

function generatedName(prefix: unknown): string | undefined {
  const text = textOf(prefix);
  return text === undefined ? undefined : `${text}*`;
}

/** Group and kind of the object's owner with `controller: true`. */
export function controllerOf(raw: unknown): GroupKind | undefined {
  return controllingOwner(fieldsOf(fieldsOf(raw)["metadata"])["ownerReferences"]);
}

/** Whether the object has `warm-images/skip: "true"` as an annotation or a label. */
export function asksToSkip(raw: unknown): boolean {
  const metadata = fieldsOf(fieldsOf(raw)["metadata"]);
  return [metadata["annotations"], metadata["labels"]].some(
    (map) => scalarText(fieldsOf(map)[SKIP]) === "true",
  );
}

const SKIP = "warm-images/skip";

/** An object has one such owner at most (`metav1.GetControllerOf`). */
function controllingOwner(references: unknown): GroupKind | undefined {
  const owner = itemsOf(references).map(fieldsOf).find(({ controller }) => controller === true);
  const kind = textOf(owner?.["kind"]);
  if (kind === undefined) return undefined;
  return { group: groupOf(textOf(owner?.["apiVersion"]) ?? ""), kind };
}
