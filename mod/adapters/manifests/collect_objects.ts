import { type Fields, isFields, scalarText, textOf } from "../../pure/objects/raw_value.ts";

/** Where the parts of a document go. */
export interface Collection {
  /** Takes a Kubernetes object. */
  readonly object: (raw: Fields) => void;
  /** Takes why something that should be a Kubernetes object is none. */
  readonly fault: (why: string) => void;
}

/**
 * Collects what a document holds: an object, the items of a `List` of any kind, or those of a
 * sequence. True when any of it neither is nor looks like a Kubernetes object.
 */
export function collectObjects(value: unknown, into: Collection, depth = 0): boolean {
  if (value === null || value === undefined) return false;
  const isSequence = Array.isArray(value);
  const items = isSequence ? value : listItems(value);
  if (!items) return collectObject(value, into);
  if (depth > MAX_DEPTH) {
    into.fault("Lists are nested too deep");
    return false;
  }
  const isLeftOut = items.map((item, index) => {
    const fault = (why: string) => into.fault(items.length > 1 ? `Item ${index}: ${why}` : why);
    const isNone = collectObjects(item, { ...into, fault }, depth + 1);
    // What is in a List was meant to be an object.
    if (isNone && !isSequence) fault("It is no Kubernetes object");
    return isNone;
  });
  return isSequence && isLeftOut.includes(true);
}

const MAX_DEPTH = 4;

function collectObject(value: unknown, into: Collection): boolean {
  if (!isFields(value)) return true;
  const { apiVersion, kind, metadata, spec } = value;
  const missing = Object.entries({ apiVersion, kind })
    .flatMap(([field, found]) => textOf(found) === undefined ? field : []);
  if (missing.length === 2) return true;
  const [field] = missing;
  if (field !== undefined) {
    if (metadata === undefined && spec === undefined) return true;
    const found = scalarText(value[field]);
    const why = found === undefined ? "missing" : `"${found.slice(0, 40)}" is no text`;
    into.fault(`It is no Kubernetes object: "${field}" ${why}`);
    return false;
  }
  into.object(value);
  return false;
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
