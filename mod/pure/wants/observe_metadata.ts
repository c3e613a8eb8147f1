import { fieldsOf, itemsOf, scalarText, textOf } from "./raw_value.ts";

/** What is kept of any object's metadata. */
export interface Metadata {
  /** Name, or the prefix of the one that the API server will make; empty when both are missing. */
  readonly name: string;
  readonly namespace: string;
  readonly ownerKind?: string;
  readonly createdAt?: string;
}

/** Reads the metadata of a namespaced object; without a namespace it belongs to `default`. */
export function metadataOf(raw: unknown): Metadata {
  const metadata = fieldsOf(fieldsOf(raw)["metadata"]);
  const ownerKind = controllerKind(metadata["ownerReferences"]);
  const createdAt = textOf(metadata["creationTimestamp"]);
  return {
    name: textOf(metadata["name"]) ?? textOf(metadata["generateName"]) ?? "",
    namespace: textOf(metadata["namespace"]) ?? "default",
    ...(ownerKind === undefined ? {} : { ownerKind }),
    ...(createdAt === undefined ? {} : { createdAt }),
  };
}

/** Whether `warm-images/skip: "true"` is among the annotations or labels of the object. */
export function asksToSkip(raw: unknown): boolean {
  const metadata = fieldsOf(fieldsOf(raw)["metadata"]);
  return [metadata["annotations"], metadata["labels"]].some(
    (map) => scalarText(fieldsOf(map)[SKIP]) === "true",
  );
}

const SKIP = "warm-images/skip";

function controllerKind(owners: unknown): string | undefined {
  const controller = itemsOf(owners).find((owner) => fieldsOf(owner)["controller"] === true);
  return textOf(fieldsOf(controller)["kind"]);
}
