import { type Backoff, backoffMs, jittered } from "../backoff.ts";
import type { Moment } from "../moment.ts";

/** An image that has stayed for so long is pulled again at once when it goes. */
const PEACE_MS = 24 * 60 * 60_000;

/**
 * Pauses of images that others take from this node. kubelet's garbage collection does so on a full
 * disk: pulled again at once each time, an image would come and go all day. The first time it comes
 * back at once, and no time counts where the runtime has lost most images in a restart: that is a new
 * node. Times are monotonic, in ms.
 */
export class Removals {
  readonly #backoff: Backoff;
  readonly #random: () => number;
  /** Kept while an image is unwanted: it may be wanted again in a minute. */
  readonly #removed = new Map<string, Removed>();
  #restart: Restart | undefined;

  constructor(backoff: Backoff, random: () => number) {
    this.#backoff = backoff;
    this.#random = random;
  }

  /** The runtime has restarted: what it still has of these images, a check will tell. */
  restarted(warm: Iterable<string>): void {
    this.#restart = { unchecked: new Set(warm), kept: 0, gone: this.#restart?.gone ?? new Set() };
  }

  /** Takes in that an image that was there still is. */
  stays(reference: string, now: Moment): void {
    if (!this.#restart?.unchecked.delete(reference)) return;
    this.#restart.kept++;
    this.#judgeRestart(now);
  }

  /** Takes in that an image that was there is gone. */
  gone(reference: string, now: Moment): void {
    if (!this.#restart?.unchecked.delete(reference)) return this.#count(reference, now);
    this.#restart.gone.add(reference);
    this.#judgeRestart(now);
  }

  /** Takes in that an image is there, after it was not. */
  returned(reference: string, now: Moment): void {
    const removed = this.#removed.get(reference);
    if (removed) removed.peaceFrom = now.monotonicMs;
  }

  /** Takes in that nobody wants an image any more. */
  unwanted(reference: string, now: Moment): void {
    this.#restart?.gone.delete(reference);
    if (this.#restart?.unchecked.delete(reference)) this.#judgeRestart(now);
  }

  /** When an image may come back; undefined when it may at any time. */
  until(reference: string): number | undefined {
    return this.#removed.get(reference)?.until;
  }

  /** Why an image is not pulled, for the report; undefined when it may be. */
  reason(reference: string, now: number): string | undefined {
    const removed = this.#removed.get(reference);
    if (removed === undefined || removed.until <= now) return undefined;
    return `removed from this node ${removed.times} times, most likely by kubelet's garbage ` +
      `collection; comes back at ${removed.shown}`;
  }

  #judgeRestart(now: Moment): void {
    if (this.#restart === undefined || this.#restart.unchecked.size > 0) return;
    const { gone, kept } = this.#restart;
    this.#restart = undefined;
    if (gone.size > kept) return;
    for (const reference of gone) this.#count(reference, now);
  }

  #count(reference: string, now: Moment): void {
    this.#forget(now.monotonicMs);
    const times = (this.#removed.get(reference)?.times ?? 0) + 1;
    const waitMs = times === 1 ? 0 : this.#waitMs(times - 1);
    const until = now.monotonicMs + waitMs;
    const shown = new Date(now.wallMs + waitMs).toISOString();
    this.#removed.set(reference, { times, until, shown, peaceFrom: until });
  }

  /** Doubles as a back-off, without its wide jitter: nodes whose disks are full are not in step. */
  #waitMs(attempt: number): number {
    return jittered(backoffMs(attempt, this.#backoff, () => 1), this.#random);
  }

  #forget(now: number): void {
    for (const [reference, { peaceFrom }] of this.#removed) {
      if (peaceFrom + PEACE_MS <= now) this.#removed.delete(reference);
    }
  }
}

interface Removed {
  readonly times: number;
  readonly until: number;
  /** The time of day of `until`, by the clock of when the image went. */
  readonly shown: string;
  /** Since when it has been left alone. */
  peaceFrom: number;
}

/** What a check has shown so far of the images that were there before a restart. */
interface Restart {
  readonly unchecked: Set<string>;
  readonly gone: Set<string>;
  kept: number;
}
