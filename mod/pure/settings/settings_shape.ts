/** The fields that are set: an absent field instead of one that is `undefined`. */
export function withoutUnset<T extends Readonly<Record<string, unknown>>>(
  fields: T,
): { [Name in keyof T]?: Exclude<T[Name], undefined> } {
  const set = Object.entries(fields).filter(([_, value]) => value !== undefined);
  return Object.fromEntries(set) as { [Name in keyof T]?: Exclude<T[Name], undefined> };
}
