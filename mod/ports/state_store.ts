/**
 * One thing a follower learns. A follow begins with `reset`, then a `put` for each key, then
 * `synced`; afterwards changes as they come. When the store cannot vouch for continuity (bucket
 * deleted, server back without its data) it begins again with `reset`: forget what you hold.
 */
export type StoreChange =
  | { readonly type: "reset"; readonly reason: string }
  | { readonly type: "put"; readonly key: string; readonly value: string }
  | { readonly type: "delete"; readonly key: string }
  | { readonly type: "synced" };

/** The bucket: level-triggered state that the controller and the agents share (design: NATS KV). */
export interface StateStore {
  /**
   * Follows the keys that match any filter: an exact key, or a prefix written `wanted.>`.
   * Survives every outage by itself; ends only when `signal` aborts (quietly, without throwing).
   */
  follow(
    filters: readonly string[],
    options: { readonly signal: AbortSignal },
  ): AsyncIterable<StoreChange>;

  /**
   * Writes one value; the newest write wins.
   * Throws `ValueTooLargeError` when the store refuses its size, else an error worth a retry.
   */
  put(key: string, value: string, options: { readonly signal: AbortSignal }): Promise<void>;

  /** Deletes one key; deleting an absent key is not an error. */
  delete(key: string, options: { readonly signal: AbortSignal }): Promise<void>;
}
