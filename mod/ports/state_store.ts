import type { StoredKey } from "../pure/bucket/stored_keys.ts";

export type { StoredKey };

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

/** How full the store is. */
export interface StoreRoom {
  /** What everything in the bucket takes now. */
  readonly usedBytes: number;
  /** The most that it may take; `undefined` where the store does not tell. */
  readonly limitBytes?: number | undefined;
}

/** What lies in the store, at one time. */
export interface StoreSurvey extends StoreRoom {
  /** Every key, deleted ones as well; not all of them when there are very many. */
  readonly keys: readonly StoredKey[];
  /** Whether `keys` are all. */
  readonly complete: boolean;
}

/** The bucket (NATS KV): state that the controller and the agents share. */
export interface StateStore {
  /**
   * Follows the keys that match any filter: an exact key, or a prefix such as `wanted.>`. Survives
   * every outage; ends, without throwing, only when `signal` aborts.
   *
   * Keys in `looked` change seldom: they are looked at once a minute instead, and soon as long as
   * they are missing, which spares the store a consumer for each.
   */
  follow(
    filters: readonly string[],
    options: { readonly signal: AbortSignal; readonly looked?: readonly string[] },
  ): AsyncIterable<StoreChange>;

  /**
   * Writes one value; the newest write wins. Throws `ValueTooLargeError` when the store refuses its
   * size, `StoreFullError` when it has no room, and for any other failure an error that a retry may
   * overcome.
   */
  put(key: string, value: string, options: { readonly signal: AbortSignal }): Promise<void>;

  /**
   * Deletes one key; deleting an absent key is not an error. In a full store it takes the value away
   * first, as telling of a deletion needs room too. Same errors as `put()`.
   */
  delete(key: string, options: { readonly signal: AbortSignal }): Promise<void>;

  /** Takes a value or marker away without telling followers of it, which needs no room. */
  purge(key: string, options: { readonly signal: AbortSignal }): Promise<void>;

  /** Looks how full the store is. */
  room(options: { readonly signal: AbortSignal }): Promise<StoreRoom>;

  /** Looks at what lies in the store. It costs a message per key. */
  survey(options: { readonly signal: AbortSignal }): Promise<StoreSurvey>;
}
