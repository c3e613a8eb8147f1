/** Entries in the order of their keys, by UTF-16 units: equal maps have to give equal JSON. */
export function inKeyOrder<Value>(
  entries: Iterable<readonly [key: string, value: Value]>,
): (readonly [key: string, value: Value])[] {
  return [...entries].sort(([left], [right]) => left < right ? -1 : left > right ? 1 : 0);
}
