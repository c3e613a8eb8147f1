import { backoffMs } from "../backoff.ts";
import type { PullNeed } from "./room.ts";

/** Pauses after a pull was ended by a full disk: ten minutes, doubling to a day. */
const PAUSE = { baseMs: 10 * 60_000, maxMs: 24 * 60 * 60_000 };
/** An image that was not ended for so long begins with the first pause again. */
const PEACE_MS = 24 * 60 * 60_000;
/**
 * Factor on what an image unpacks to, for each time that it was ended, at most four times: five times
 * the estimate covers images full of files of 2 KB, which otherwise would be fetched once a day for
 * nothing.
 */
const CAUTION = { factor: 1.5, mostTimes: 4 };
/** After this time one of these times is forgotten: others may have filled the disk, and not the image. */
const ONE_FORGOTTEN_MS = 7 * 24 * 60 * 60_000;
/** Its tag may have moved, and layers that it shares may have come: then the registry is asked again. */
const NEED_KNOWN_MS = 6 * 60 * 60_000;

/**
 * What is known of images that found no room, so that registries are not asked about them, nor bytes
 * fetched, at each pass. Times are monotonic, in ms.
 */
export class RoomMemory {
  readonly #random: () => number;
  readonly #needs = new Map<string, { readonly need: PullNeed; readonly until: number }>();
  readonly #ended = new Map<string, Ended>();

  constructor(random: () => number) {
    this.#random = random;
  }

  /** Takes in that an image that needs this much did not fit. */
  refused(reference: string, need: PullNeed, now: number): void {
    this.#needs.set(reference, { need, until: now + NEED_KNOWN_MS });
  }

  /** What an image needs that did not fit; undefined when it is not known, or no more. */
  need(reference: string, now: number): PullNeed | undefined {
    const known = this.#needs.get(reference);
    if (known !== undefined && known.until > now) return known.need;
    this.#needs.delete(reference);
    return undefined;
  }

  /** Takes in that a pull of it was ended in the middle, as the disk was full. */
  ended(reference: string, now: number): void {
    const before = this.#ended.get(reference);
    const times = before && now - before.until < PEACE_MS ? before.times + 1 : 1;
    const until = now + backoffMs(times, PAUSE, this.#random);
    const cautionTimes = Math.min(CAUTION.mostTimes, this.#cautionTimes(reference, now) + 1);
    this.#ended.set(reference, { times, until, cautionTimes, at: now });
  }

  /**
   * By how much more an image may unpack to than others do: it was ended although it seemed to fit, and
   * is not fetched time and again only to find that out. A day in peace does not make it smaller.
   */
  caution(reference: string, now: number): number {
    return CAUTION.factor ** this.#cautionTimes(reference, now);
  }

  /** Until when it is not pulled again after that; 0: now. */
  pausedUntil(reference: string): number {
    return this.#ended.get(reference)?.until ?? 0;
  }

  /** An image has come: what others need that may share layers with it is not known any more. */
  pulled(reference: string): void {
    const repository = repositoryOf(reference);
    for (const other of this.#needs.keys()) {
      if (repositoryOf(other) === repository) this.#needs.delete(other);
    }
  }

  /** Forgets images for which `isWanted` is false. */
  keepOnly(isWanted: (reference: string) => boolean): void {
    for (const known of [this.#needs, this.#ended]) {
      for (const reference of known.keys()) if (!isWanted(reference)) known.delete(reference);
    }
  }

  #cautionTimes(reference: string, now: number): number {
    const ended = this.#ended.get(reference);
    if (ended === undefined) return 0;
    const forgotten = Math.floor((now - ended.at) / ONE_FORGOTTEN_MS);
    return Math.max(0, ended.cautionTimes - forgotten);
  }
}

/** An image whose pulls were ended by a full disk; times are monotonic, in ms. */
interface Ended {
  /** How often without a day in peace. */
  readonly times: number;
  /** When its pause ends. */
  readonly until: number;
  /** How often its estimate was raised for that. */
  readonly cautionTimes: number;
  /** When it was ended last. */
  readonly at: number;
}

function repositoryOf(reference: string): string {
  return reference.replace(/@.*$|:[^/]*$/, "");
}
