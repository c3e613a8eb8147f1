import { groupOf } from "../../pure/objects/group_kind.ts";
import type { KindChoice } from "../../pure/objects/kind_choice.ts";
import { kindNameOf } from "../../pure/objects/kinds.ts";
import { namesImages } from "../../pure/objects/names_images.ts";
import type { Observed } from "../../pure/objects/observed.ts";
import { type Fields, fieldsOf, scalarText, textOf } from "../../pure/objects/raw_value.ts";
import { whatItLeaves } from "../../pure/objects/what_it_leaves.ts";

/** An object that names images and is of no kind that is asked for. */
export interface NotFollowedObject {
  readonly type: "notFollowed";
  /** Name of the kind, as `kindNameOf` gives it. */
  readonly kind: string;
}

/** Keeps of an object what counts; undefined where nothing does. */
export type Observe = (raw: Fields) => Observed | NotFollowedObject | undefined;

/** Observes objects of the kinds that are asked for; those without a namespace are in `namespace`. */
export function observerOf(kinds: KindChoice, namespace: string): Observe {
  return (raw) => {
    const apiVersion = textOf(raw["apiVersion"]) ?? "";
    const name = textOf(raw["kind"]) ?? "";
    const kind = kinds.ofObject(apiVersion, name);
    if (kind !== undefined) {
      return whatItLeaves(kind.namespaced ? inNamespace(raw, namespace) : raw, kind);
    }
    const groupKind = { group: groupOf(apiVersion), kind: name };
    if (!namesImages(raw, groupKind)) return undefined;
    return { type: "notFollowed", kind: kindNameOf(groupKind) };
  };
}

function inNamespace(object: Fields, namespace: string): Fields {
  const metadata = fieldsOf(object["metadata"]);
  if (scalarText(metadata["namespace"])) return object;
  return { ...object, metadata: { ...metadata, namespace } };
}
