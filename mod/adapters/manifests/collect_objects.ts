import { observeObject } from "../../pure/wants/observe_object.ts";
import type { Observed } from "../../pure/wants/observed.ts";
import { fieldsOf, isFields, scalarText, textOf } from "../../pure/wants/raw_value.ts";

/** Where the parts of a document go. */
export interface Collection {
  /** Namespace of objects that name none. */
  readonly namespace: string;
  /** Takes a Kubernetes object that is of interest. */
  readonly object: (observed: Observed) => void;
  /** Takes why something that should be a Kubernetes object is none. */
  readonly fault: (why: string) => void;
  /** Takes what is no Kubernetes object and does not look like one. */
  readonly leftOut: () => void;
}

/** Collects what a document holds: an object, the items of a `List` of any kind, or a sequence. */
export function collectObjects(value: unknown, into: Collection, depth = 0): void {
  if (value === null || value === undefined) return;
  const isSequence = Array.isArray(value);
  const items = isSequence ? value : listItems(value);
  if (!items) return collectObject(value, into);
  if (depth > MAX_DEPTH) return into.fault("Lists are nested too deep");
  for (const [index, item] of items.entries()) {
    const fault = (why: string) => into.fault(items.length > 1 ? `Item ${index}: ${why}` : why);
    const leftOut = () => fault("It is no Kubernetes object");
    // What is in a List was meant to be an object.
    collectObjects(item, isSequence ? { ...into, fault } : { ...into, fault, leftOut }, depth + 1);
  }
}

const MAX_DEPTH = 4;

function collectObject(value: unknown, into: Collection): void {
  const { apiVersion, kind, metadata, spec } = fieldsOf(value);
  const missing = Object.entries({ apiVersion, kind })
    .flatMap(([field, found]) => textOf(found) === undefined ? field : []);
  if (!isFields(value) || missing.length === 2) return into.leftOut();
  if (missing.length === 1) {
    if (metadata === undefined && spec === undefined) return into.leftOut();
    const [field = ""] = missing;
    const found = scalarText(value[field]);
    const why = found === undefined ? "missing" : `"${found.slice(0, 40)}" is no text`;
    return into.fault(`It is no Kubernetes object: "${field}" ${why}`);
  }
  const observed = observeObject(inNamespace(value, into.namespace));
  if (observed.type !== "ignored") into.object(observed);
}

/** The object with the namespace it is put into; kinds that have none never look at it. */
function inNamespace(object: Readonly<Record<string, unknown>>, namespace: string): unknown {
  const metadata = fieldsOf(object["metadata"]);
  if (textOf(metadata["namespace"]) !== undefined) return object;
  return { ...object, metadata: { ...metadata, namespace } };
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
