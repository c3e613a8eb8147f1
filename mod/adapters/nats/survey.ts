import type { JetStreamAccountStats, JetStreamUsageAccountLimits, StreamInfo } from "nats";
import type { StoredKey, StoreRoom, StoreSurvey } from "../../ports/state_store.ts";
import { storedBytes } from "../../pure/bucket/stored_keys.ts";
import { Deadline } from "../../async/deadline.ts";
import { onAbort } from "../../async/on_abort.ts";
import type { Bucket } from "./bucket.ts";

/** The most keys of one survey: somebody may have filled the bucket with millions of small ones. */
const MAX_KEYS = 100_000;

/** A listing without progress for this long is left: the library may lose count while it lists. */
const STALL_MS = 10_000;

/** Looks how full the bucket is. Throws the library's errors. */
export async function roomOf({ manager, stream }: Bucket): Promise<StoreRoom> {
  const [info, account] = await Promise.all([
    manager.streams.info(stream),
    manager.getAccountInfo(),
  ]);
  const { max_bytes: own } = info.config;
  const limit = Math.min(own > 0 ? own : Infinity, limitOf(account, info));
  return { usedBytes: info.state.bytes, ...(Number.isFinite(limit) && { limitBytes: limit }) };
}

/** Looks at every key of the bucket, without its value. Throws the library's errors. */
export async function surveyBucket(
  bucket: Bucket,
  options: { readonly signal: AbortSignal },
): Promise<StoreSurvey> {
  const room = await roomOf(bucket);
  const keys: StoredKey[] = [];
  for await (const { key, bytes, created, deleted } of storedKeys(bucket, options.signal)) {
    keys.push({ key, bytes, deleted, ageMs: Date.now() - created });
    if (keys.length === MAX_KEYS) break;
  }
  options.signal.throwIfAborted();
  return { ...room, keys, complete: keys.length < MAX_KEYS };
}

/** The most that the account lets this bucket take; infinite where it does not say. */
function limitOf(account: JetStreamAccountStats, { state, config }: StreamInfo): number {
  const replicas = Math.max(config.num_replicas, 1);
  const tiers: Readonly<Record<string, JetStreamUsageAccountLimits>> = Object(account.tiers);
  const tier = tiers[`R${replicas}`];
  const { limits, storage } = tier ?? account;
  const ofStream = limits.storage_max_stream_bytes > 0 ? limits.storage_max_stream_bytes : Infinity;
  if (limits.max_storage < 0) return ofStream;
  // Without tiers, an account's usage counts each replica.
  const free = (limits.max_storage - storage) / (tier ? 1 : replicas);
  return Math.min(ofStream, state.bytes + free);
}

/** One entry as it lies in the stream. */
export interface StoredEntry {
  readonly key: string;
  readonly revision: number;
  /** Ms since the epoch. */
  readonly created: number;
  readonly deleted: boolean;
  readonly bytes: number;
}

/** Lists all keys with the size of their values, oldest first; ends early when `signal` aborts. */
export async function* storedKeys(
  bucket: Bucket,
  signal: AbortSignal,
): AsyncGenerator<StoredEntry, void, undefined> {
  const headersOnly = { key: ">", ["headers_only"]: true }; // an option that its types leave out
  const history = await bucket.kv.history(headersOnly);
  const rest = "the rest of the listing of the bucket";
  using stall = new Deadline(STALL_MS, rest, signal);
  using _listener = onAbort(stall.signal, () => history.stop());
  try {
    for await (const { key, revision, created, operation, length } of history) {
      stall.restart(STALL_MS, rest);
      yield {
        key,
        revision,
        created: created.getTime(),
        deleted: operation !== "PUT",
        bytes: storedBytes(key, length),
      };
    }
  } finally {
    history.stop();
  }
}
