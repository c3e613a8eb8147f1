/**
 * One change of what a follower knows. It begins with `reset`, then a `put` for each key, then
 * `synced`; then changes follow as they come. When changes may have been missed (the bucket was
 * deleted, the server came back without its data), it begins again with `reset`: a follower forgets
 * what it holds.
 */
export type StoreChange =
  | { readonly type: "reset"; readonly reason: string }
  | { readonly type: "put"; readonly key: string; readonly value: string }
  | { readonly type: "delete"; readonly key: string }
  | { readonly type: "synced" };

/** The bucket (NATS KV): state that the controller and the agents share. */
export interface StateStore {
  /**
   * Follows the keys that match any filter: an exact key, or a prefix such as `wanted.>`. Survives
   * every outage; ends, without throwing, only when `signal` aborts.
   */
  follow(
    filters: readonly string[],
    options: { readonly signal: AbortSignal },
  ): AsyncIterable<StoreChange>;

  /**
   * Writes one value; the newest write wins. Throws `ValueTooLargeError` when the store refuses its
   * size, and for any other failure an error that a retry may overcome.
   */
  put(key: string, value: string, options: { readonly signal: AbortSignal }): Promise<void>;

  /** Deletes one key; deleting an absent key is not an error. */
  delete(key: string, options: { readonly signal: AbortSignal }): Promise<void>;
}
