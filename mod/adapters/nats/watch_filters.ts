import type { KV, KvEntry } from "nats";
import { abortable } from "../../async/abortable.ts";
import { Deadline } from "../../async/deadline.ts";
import { onAbort } from "../../async/on_abort.ts";
import { runAll } from "../../async/run_all.ts";
import { WakeSignal } from "../../async/wake_signal.ts";
import { lookAtKey, type LookedBucket, type Requests } from "./key_look.ts";
import type { Arrival, NewestPerKey } from "./newest_per_key.ts";

/** A listing that makes no progress for this long is given up. */
const LISTING_STALL_MS = 10_000;

/** What is followed, and how. */
export interface Followed {
  /** One watch each, as servers before 2.10 know no consumer with several filters. */
  readonly filters: readonly string[];
  /** Keys that are looked at from time to time; a watch each where the bucket does not allow that. */
  readonly looked: readonly string[];
}

/** A bucket as far as it is followed. */
export type FollowedBucket = Pick<LookedBucket, "name" | "stream" | "allowsDirect"> & {
  readonly kv: Pick<KV, "watch">;
};

/**
 * Watches the keys that match any filter and pushes what comes into `queue`: first what the bucket
 * holds, then the mark, then changes. Resolves once `signal` aborts; throws when a watch fails or
 * ends by itself.
 */
export async function watchFilters(
  connection: Requests,
  bucket: FollowedBucket,
  { filters, looked }: Followed,
  options: { readonly queue: NewestPerKey; readonly signal: AbortSignal },
): Promise<void> {
  const { queue } = options;
  const { kv } = bucket;
  let unlisted = filters.length + looked.length;
  const arrived = new WakeSignal();
  const sinks = {
    push: (arrival: Arrival) => queue.push(arrival),
    listed: () => {
      if (--unlisted === 0) queue.markListed();
    },
  };
  const push = (arrival: Arrival) => {
    queue.push(arrival);
    arrived.ring();
  };
  await runAll(options.signal, [
    ...filters.map((filter) => (signal: AbortSignal) =>
      watchFilter(kv, filter, { ...sinks, push, signal })
    ),
    ...looked.map((key) => async (signal: AbortSignal) => {
      const looks = lookAtKey(connection, bucket, key, { ...sinks, arrived, signal });
      if (await looks === "refused") await watchFilter(kv, key, { ...sinks, signal });
    }),
  ]);
}

async function watchFilter(
  kv: Pick<KV, "watch">,
  filter: string,
  { push, listed, signal }: {
    readonly push: (arrival: Arrival) => void;
    readonly listed: () => void;
    readonly signal: AbortSignal;
  },
): Promise<void> {
  let isReading = false;
  let isListedEarly = false;
  const initializedFn = () => {
    if (isReading) endListing();
    else isListedEarly = true;
  };
  const opening = kv.watch({ key: filter, initializedFn });
  const entries = await abortable(opening, signal).catch((error: unknown) => {
    opening.then((late) => late.stop(), () => {});
    throw error;
  });
  // The library may lose count when keys are purged while it lists, and never end the listing.
  const rest = `the rest of the listing of "${filter}"`;
  using stall = new Deadline(LISTING_STALL_MS, rest, signal);
  using _listener = onAbort(stall.signal, () => {
    entries.stop(signal.aborted ? undefined : stall.signal.reason);
  });
  let isListing = true;
  const endListing = () => {
    isListing = false;
    stall.stop();
    listed();
  };
  try {
    isReading = true;
    // Listed before it could be read: what is queued by now belongs to the listing.
    let backlog = isListedEarly ? entries.getPending() : -1;
    if (backlog === 0) endListing();
    for await (const entry of entries) {
      push(arrivalOf(entry));
      if (isListing) stall.restart(LISTING_STALL_MS, rest);
      if (--backlog === 0) endListing();
    }
    if (!signal.aborted) throw new Error(`Watch of "${filter}" ended`);
  } finally {
    entries.stop();
  }
}

/** Bytes that are not UTF-8 become U+FFFD: the reader of the value says what is wrong with it. */
function arrivalOf(entry: KvEntry): Arrival {
  const version = `${entry.revision}@${entry.created.getTime()}`;
  const arrival = { type: "arrival", key: entry.key, version } as const;
  return entry.operation === "PUT"
    ? { ...arrival, value: new TextDecoder().decode(entry.value) }
    : arrival;
}
