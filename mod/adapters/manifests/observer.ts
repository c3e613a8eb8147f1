import type { KindChoice } from "../../pure/objects/kind_choice.ts";
import type { Observed } from "../../pure/objects/observed.ts";
import { fieldsOf, textOf } from "../../pure/objects/raw_value.ts";
import { whatItLeaves } from "../../pure/objects/what_it_leaves.ts";

type Fields = Readonly<Record<string, unknown>>;

/** Keeps of an object what counts; undefined where nothing does. */
export type Observe = (raw: Fields) => Observed | undefined;

/** Observes objects of the kinds that are asked for; those without a namespace are in `namespace`. */
export function observerOf(kinds: KindChoice, namespace: string): Observe {
  return (raw) => {
    const kind = kinds.ofObject(textOf(raw["apiVersion"]) ?? "", textOf(raw["kind"]) ?? "");
    if (kind === undefined) return undefined;
    return whatItLeaves(kind.namespaced ? inNamespace(raw, namespace) : raw, kind);
  };
}

function inNamespace(object: Fields, namespace: string): Fields {
  const metadata = fieldsOf(object["metadata"]);
  if (textOf(metadata["namespace"]) !== undefined) return object;
  return { ...object, metadata: { ...metadata, namespace } };
}
