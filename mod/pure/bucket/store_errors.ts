/** The store refuses a value for its size: a retry would not help. */
export class ValueTooLargeError extends Error {
  override readonly name = "ValueTooLargeError";

  constructor(
    readonly key: string,
    readonly bytes: number,
    readonly maxBytes: number,
  ) {
    super(`Cannot store "${key}": ${bytes} bytes, and the server takes at most ${maxBytes}`);
  }
}
