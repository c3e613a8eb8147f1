import { compareTexts } from "./compare_texts.ts";

/** Entries in the order of their keys, by UTF-16 units: equal maps have to give equal JSON. */
export function inKeyOrder<Value>(
  entries: Iterable<readonly [key: string, value: Value]>,
): (readonly [key: string, value: Value])[] {
  return [...entries].sort(([left], [right]) => compareTexts(left, right));
}
