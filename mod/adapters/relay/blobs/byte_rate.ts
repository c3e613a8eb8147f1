import { delay } from "../../../async/delay.ts";

/** What may come at once after a quiet time, in ms of the rate; timers are not more exact. */
const SLACK_MS = 50;

/** A limit on the bytes per second of all that take part, in the order of their taking. */
export class ByteRate {
  readonly #now: () => number;
  /** When all that has been taken will have been allowed. */
  #paidAt = -Infinity;

  /** `now` is a monotonic clock, in ms. */
  constructor(readonly bytesPerSecond: number, now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Counts bytes that have come; returns when whoever took them may take more. */
  take(bytes: number): number {
    const from = Math.max(this.#paidAt, this.#now() - SLACK_MS);
    this.#paidAt = from + bytes / this.bytesPerSecond * 1000;
    return this.#paidAt;
  }

  /** Resolves at a time that `take()` has returned; undefined: that is over. */
  wait(until: number, signal: AbortSignal): Promise<void> | undefined {
    const ms = until - this.#now();
    return ms > 0 ? delay(ms, { signal }) : undefined;
  }
}
