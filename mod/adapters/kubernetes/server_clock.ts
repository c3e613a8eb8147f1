import type { Clock } from "../../ports/clock.ts";
import type { ServerClock } from "../../ports/server_clock.ts";

/** A time of HTTP, as every server has to write it: https://www.rfc-editor.org/rfc/rfc9110#section-5.6.7 */
const IMF_FIXDATE =
  /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/;
const SECOND_MS = 1000;

/**
 * The clock of an API server, by the `Date` headers of its answers. These have whole seconds, so one
 * alone tells the time to half a second and half of what the answer took; every further one that
 * falls on another part of its second narrows that. Between answers it goes on by the time since.
 * A server whose clock was set, or another server behind the same address, is followed at its next
 * answer.
 */
export class DateHeaderClock implements ServerClock {
  readonly #clock: Clock;
  /** What the server's time of day is ahead of this machine's time since some moment, in ms. */
  #aheadMs: number | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  wallMs(): number {
    if (this.#aheadMs === undefined) return this.#clock.wallMs();
    return this.#clock.monotonicMs() + this.#aheadMs;
  }

  /** Begins with a request; the function takes the header of its answer, once that is there. */
  asked(): (date: string | null) => void {
    const sentMs = this.#clock.monotonicMs();
    return (date) => this.#learn(date, sentMs, this.#clock.monotonicMs());
  }

  /** What is no time of HTTP says nothing. */
  #learn(date: string | null, sentMs: number, answeredMs: number): void {
    const secondMs = date !== null && IMF_FIXDATE.test(date) ? Date.parse(date) : NaN;
    if (!Number.isFinite(secondMs)) return;
    // The server wrote it at some moment between these two, in that second of its own.
    const leastMs = secondMs - answeredMs;
    const mostMs = secondMs + SECOND_MS - sentMs;
    const knownMs = this.#aheadMs ?? (leastMs + mostMs) / 2;
    this.#aheadMs = Math.min(Math.max(knownMs, leastMs), mostMs);
  }
}
