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

/**
 * Which limit a full store has reached: the bucket's own (`max_bytes`, `max_msgs`), that of the
 * account, or that of the server (`max_file_store`).
 */
export type StoreLimit = "bucket" | "account" | "server";

/** The store has no room: a retry would not help before something in it was purged. */
export class StoreFullError extends Error {
  override readonly name = "StoreFullError";

  /** `reason` is a sentence that says which limit it is and what to do. */
  constructor(readonly limit: StoreLimit, reason: string, options?: ErrorOptions) {
    super(reason, options);
  }
}

/** The store does not let this program write the key: a retry would not help for now. */
export class WriteForbiddenError extends Error {
  override readonly name = "WriteForbiddenError";

  /** `detail` is what the store said. */
  constructor(readonly key: string, detail: string, options?: ErrorOptions) {
    super(`May not write "${key}": ${detail}`, options);
  }
}
