import type { KV, KvEntry } from "nats";
import { abortable } from "../../async/abortable.ts";
import type { Arrival, NewestPerKey } from "./newest_per_key.ts";

/** A listing that makes no progress for this long is given up. */
const LISTING_STALL_MS = 10_000;

/**
 * Watches the keys that match any filter and pushes what comes into `queue`: first what the bucket
 * holds, then the mark, then changes. One watch per filter, as servers before 2.10 know no consumer
 * with several. Resolves once `signal` aborts; throws when a watch fails or ends by itself.
 */
export async function watchFilters(
  kv: Pick<KV, "watch">,
  filters: readonly string[],
  options: { readonly queue: NewestPerKey; readonly signal: AbortSignal },
): Promise<void> {
  const failed = new AbortController();
  const signal = AbortSignal.any([options.signal, failed.signal]);
  const { queue } = options;
  let unlisted = filters.length;
  const listed = () => {
    if (--unlisted === 0) queue.markListed();
  };
  const watches = filters.map(async (filter) => {
    try {
      await watchFilter(kv, filter, { push: (arrival) => queue.push(arrival), listed, signal });
    } catch (error) {
      failed.abort(error); // the first counts, as it ends the others
    }
  });
  await Promise.all(watches);
  if (failed.signal.aborted && !options.signal.aborted) throw failed.signal.reason;
}

interface FilterWatch {
  readonly push: (arrival: Arrival) => void;
  readonly listed: () => void;
  readonly signal: AbortSignal;
}

async function watchFilter(
  kv: Pick<KV, "watch">,
  filter: string,
  watch: FilterWatch,
): Promise<void> {
  let reading = false;
  let early = false;
  const initializedFn = () => {
    if (!reading) early = true;
    else listed();
  };
  const opening = kv.watch({ key: filter, initializedFn });
  const entries = await abortable(opening, watch.signal).catch((error: unknown) => {
    opening.then((late) => late.stop(), () => {});
    throw error;
  });
  const listed = () => {
    clearTimeout(stall);
    stall = undefined;
    watch.listed();
  };
  // The library may lose count when keys are purged while it lists.
  const giveUp = () => entries.stop(new Error(`Listing "${filter}" came to a halt`));
  let stall: ReturnType<typeof setTimeout> | undefined = setTimeout(giveUp, LISTING_STALL_MS);
  const stop = () => entries.stop();
  watch.signal.addEventListener("abort", stop);
  if (watch.signal.aborted) stop(); // between its opening and our hearing of it
  try {
    reading = true;
    // Initialized before it could be read: what is queued by now belongs to the listing.
    let backlog = early ? entries.getPending() : -1;
    if (backlog === 0) listed();
    for await (const entry of entries) {
      watch.push(arrivalOf(entry));
      if (stall !== undefined) {
        clearTimeout(stall);
        stall = setTimeout(giveUp, LISTING_STALL_MS);
      }
      if (--backlog === 0) listed();
    }
    if (!watch.signal.aborted) throw new Error(`Watch of "${filter}" ended`);
  } finally {
    clearTimeout(stall);
    watch.signal.removeEventListener("abort", stop);
    stop();
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
