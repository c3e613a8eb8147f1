/** `T` without fields that are `undefined`: those that may be become optional. */
export type WithoutUnset<T> =
  & { [Key in keyof T as undefined extends T[Key] ? never : Key]: T[Key] }
  & { [Key in keyof T as undefined extends T[Key] ? Key : never]?: Exclude<T[Key], undefined> };

/**
 * A copy without the fields that are `undefined`, for values that become JSON: a field that is not
 * there reads the same before and after the way through the bucket. The order of fields stays.
 */
export function withoutUnset<const T extends object>(value: T): WithoutUnset<T> {
  const set = Object.entries(value).filter(([_, each]) => each !== undefined);
  return Object.fromEntries(set) as WithoutUnset<T>;
}
