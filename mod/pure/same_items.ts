/** Whether two lists have the very same items in the same order. */
export function sameItems(left: readonly unknown[], right: readonly unknown[]): boolean {
  return left === right ||
    left.length === right.length && left.every((item, index) => item === right[index]);
}
