import { Deadline } from "../async/deadline.ts";
import type { ImageRuntime } from "../ports/image_runtime.ts";
import type { PullOutcome } from "../pure/pulls/pull_outcome.ts";

/** How long giving up what a pull has left may take, in ms. */
const DISCARD_MS = 60_000;
/** What a pull has left is given up when the next try is further away, in ms. */
const KEEP_MS = 10 * 60_000;

/** How a pull ended, as far as it has left something. */
export interface PullEnd {
  readonly outcome: PullOutcome;
  /** Whether it was ended in the middle, as the disk ran full. */
  readonly ranFull: boolean;
  /** Whether the image is still wanted. */
  readonly isWanted: boolean;
  /** How long until the next try, in ms; less than 0: it is due. */
  readonly waitMs: number;
}

/** Half downloads that ended pulls have left: kept for a next try that is near, or given up. */
export class Leftovers {
  readonly #runtime: ImageRuntime;
  readonly #signal: AbortSignal;
  readonly #references = new Set<string>();
  #hasLooked = false;
  /** Images whose leftovers are being given up. */
  readonly #discarding = new Map<string, Promise<void>>();

  /** Once `signal` aborts, nothing is waited for. */
  constructor(runtime: ImageRuntime, signal: AbortSignal) {
    this.#runtime = runtime;
    this.#signal = signal;
  }

  /** Whether those of an image are being given up: a pull would lose what it fetches. */
  isDiscarding(reference: string): boolean {
    return this.#discarding.has(reference);
  }

  /** Learns, once, what pulls of an earlier agent have left. Does not throw. */
  async find(): Promise<void> {
    if (this.#hasLooked) return;
    this.#hasLooked = true;
    for (const reference of await this.#runtime.leftovers()) this.#references.add(reference);
  }

  /** Gives up those of images for which `isWanted` is false. */
  keepOnly(isWanted: (reference: string) => boolean): void {
    for (const reference of this.#references) if (!isWanted(reference)) this.#discard(reference);
  }

  /** Gives up those of one image: it will not be pulled. */
  giveUp(reference: string): void {
    if (this.#references.has(reference)) this.#discard(reference);
  }

  /** Takes in how a pull ended; resolves once what it has left is given up, if it is. */
  async settle(reference: string, end: PullEnd): Promise<void> {
    const { outcome, ranFull } = end;
    if (outcome.result === "pulled") return void this.#references.delete(reference);
    if (outcome.result === "same") return;
    const failure = outcome.result === "failed" ? outcome.failure : undefined;
    const hasBegun = failure !== "no_room" || ranFull;
    if (hasBegun) this.#references.add(reference);
    if (!this.#references.has(reference)) return;
    const isFull = ranFull || failure === "no_room" || failure === "disk_full";
    if (end.isWanted && end.waitMs <= KEEP_MS && !isFull) return;
    await this.#discard(reference);
  }

  /** Resolves once all that is being given up is. */
  async settled(): Promise<void> {
    await Promise.all(this.#discarding.values());
  }

  #discard(reference: string): Promise<void> {
    this.#references.delete(reference);
    const discarding = this.#discardNow(reference).finally(() =>
      this.#discarding.delete(reference)
    );
    this.#discarding.set(reference, discarding);
    return discarding;
  }

  async #discardNow(reference: string): Promise<void> {
    using deadline = new Deadline(DISCARD_MS, "the runtime to give up a pull", this.#signal);
    await this.#runtime.discard(reference, { signal: deadline.signal });
  }
}
