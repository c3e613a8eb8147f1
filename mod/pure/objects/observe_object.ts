import { groupOf } from "./group_kind.ts";
import { findKind, findKindOfAnyGroup, kindName } from "./kinds.ts";
import type { Observed } from "./observed.ts";
import { isFields, textOf } from "./raw_value.ts";

/**
 * Keeps of one parsed API object what the controller needs. Objects of a kind that is not in the
 * tables of `kinds.ts` are `ignored`. Never throws: what is wrong with an object is listed in its
 * faults. Items of an API server's list have no `apiVersion`; they are taken by their kind alone.
 */
export function observeObject(raw: unknown): Observed {
  if (!isFields(raw)) return { type: "ignored" };
  const kind = textOf(raw["kind"]) ?? "";
  const apiVersion = textOf(raw["apiVersion"]);
  const known = apiVersion === undefined
    ? findKindOfAnyGroup(kind)
    : findKind({ group: groupOf(apiVersion), kind });
  return known === undefined ? { type: "ignored" } : known.observe(raw, kindName(known));
}
