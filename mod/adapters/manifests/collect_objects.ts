import { isFields, scalarText, textOf } from "../../pure/objects/raw_value.ts";

type Fields = Readonly<Record<string, unknown>>;

/**
 * Hands what a document holds to `object`: an object, the items of a `List` of any kind, or
 * those of a plain sequence. `fault` is told what is no Kubernetes object.
 */
export function collectObjects(
  value: unknown,
  fault: (why: string) => void,
  object: (raw: Fields) => void,
  depth = 0,
): void {
  if (value === null || value === undefined) return;
  const items = Array.isArray(value) ? value : listItems(value);
  if (!items) return collectObject(value, fault, object);
  if (depth > MAX_DEPTH) return fault("Lists are nested too deep");
  for (const [index, item] of items.entries()) {
    const named = (why: string) => fault(items.length > 1 ? `Item ${index}: ${why}` : why);
    collectObjects(item, named, object, depth + 1);
  }
}

const MAX_DEPTH = 4;

function collectObject(
  value: unknown,
  fault: (why: string) => void,
  object: (raw: Fields) => void,
): void {
  if (!isFields(value)) {
    const shown = (scalarText(value) ?? "").slice(0, 40);
    return fault(`It is no Kubernetes object but the text "${shown}"`);
  }
  const missing = ["apiVersion", "kind"].filter((field) => textOf(value[field]) === undefined);
  if (missing.length > 0) {
    return fault(`It is no Kubernetes object: "${missing.join('" and "')}" missing`);
  }
  object(value);
}

/** The items of a list; those of a list such as `PodList` have the kind of their list. */
function listItems(value: unknown): readonly unknown[] | undefined {
  if (!isFields(value) || !textOf(value["kind"])?.endsWith("List")) return undefined;
  const { kind, apiVersion, items } = value;
  if (!Array.isArray(items)) return undefined;
  if (kind === "List") return items;
  const itemKind = textOf(kind)?.slice(0, -"List".length);
  return items.map((item) => isFields(item) ? { apiVersion, kind: itemKind, ...item } : item);
}
