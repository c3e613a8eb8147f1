import type { KV, KvEntry } from "nats";
import type { NewestPerKey } from "./newest_per_key.ts";

/** A listing that makes no progress for this long is given up. */
const LISTING_STALL_MS = 10_000;

/**
 * Watches the keys that match any filter and pushes what comes into `queue`: first what the bucket
 * holds, then the mark, then changes. One watch per filter, as servers before 2.10 know no consumer
 * with several. Resolves to the keys seen before the mark once `signal` aborts; throws when a watch
 * ends by itself or fails.
 */
export async function watchFilters(
  kv: KV,
  filters: readonly string[],
  queue: NewestPerKey,
  options: { readonly signal: AbortSignal; readonly seen: (key: string) => void },
): Promise<void> {
  const failed = new AbortController();
  const signal = AbortSignal.any([options.signal, failed.signal]);
  let unlisted = filters.length;
  const listed = () => {
    if (--unlisted === 0) queue.markListed();
  };
  const results = await Promise.allSettled(filters.map(async (filter) => {
    try {
      await watchFilter(kv, filter, { queue, listed, signal, seen: options.seen });
    } catch (error) {
      failed.abort(error);
      throw error;
    }
  }));
  const failure = results.find((result) => result.status === "rejected");
  if (failure && !options.signal.aborted) throw failure.reason;
}

interface FilterWatch {
  readonly queue: NewestPerKey;
  readonly listed: () => void;
  readonly seen: (key: string) => void;
  readonly signal: AbortSignal;
}

async function watchFilter(kv: KV, filter: string, watch: FilterWatch): Promise<void> {
  let initialized = false;
  const entries = await kv.watch({ key: filter, initializedFn: () => initialized = true });
  // Called before `watch()` returned: then what is queued by now still belongs to the listing.
  let backlog = initialized ? entries.getPending() : Infinity;
  const stop = () => entries.stop();
  watch.signal.addEventListener("abort", stop);
  if (watch.signal.aborted) stop();
  let progress
}
