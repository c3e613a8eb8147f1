/** A list or a map; undefined where nothing is in it. */
export function unlessEmpty<const T extends object>(value: T): T | undefined {
  const isEmpty = Array.isArray(value) ? value.length === 0 : Object.keys(value).length === 0;
  return isEmpty ? undefined : value;
}
