import { delay } from "../../../async/delay.ts";
import type { Clock } from "../../../ports/clock.ts";
import { type HostPause, isWaitedFor } from "../../../pure/relay/pause_patience.ts";

/** How long a registry is left alone that does not say; the next time in a row twice as long. */
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;

interface Pace {
  pausedUntil: number;
  /** Whether the host itself said how long. */
  isTold: boolean;
  /** Refusals in a row. */
  refusals: number;
  /** When the next request may go. */
  nextAt: number;
}

/**
 * When requests may go to a host, for all pulls of the node: in the order in which they come, no
 * more in a second than is set, and none while the host has asked for a pause (429).
 */
export class RegistryPace {
  readonly #hosts = new Map<string, Pace>();
  readonly #clock: Clock;
  readonly #intervalMs: number;

  /** `requestsPerSecond` 0: no limit. */
  constructor(
    { clock, requestsPerSecond }: { readonly clock: Clock; readonly requestsPerSecond: number },
  ) {
    this.#clock = clock;
    this.#intervalMs = requestsPerSecond > 0 ? 1000 / requestsPerSecond : 0;
  }

  /** How long a host is still to be left alone, in ms; 0: it may be asked. */
  pausedMs(host: string): number {
    const { pausedUntil = 0 } = this.#hosts.get(host) ?? {};
    return Math.max(0, pausedUntil - this.#clock.monotonicMs());
  }

  /**
   * Waits until a request may go; resolves to the host's pause where that is too long to wait for.
   * When `signal` aborts, throws its reason.
   */
  async turn(
    host: string,
    { signal, unlimited = false }: {
      readonly signal: AbortSignal;
      /** Whether the limit is not for this host: it is storage and no registry. */
      readonly unlimited?: boolean;
    },
  ): Promise<HostPause | undefined> {
    while (true) {
      const leftMs = this.pausedMs(host);
      if (leftMs > 0) {
        const pause = { leftMs, isTold: this.#of(host).isTold };
        if (!isWaitedFor(pause)) return pause;
        await delay(leftMs, { signal });
        continue;
      }
      if (unlimited || this.#intervalMs === 0) return undefined;
      const waitMs = this.#take(host);
      if (waitMs <= 0) return undefined;
      await delay(waitMs, { signal });
      if (this.pausedMs(host) === 0) return undefined;
    }
  }

  /** Takes in a 429; requests that were under way together are refused together. */
  refused(host: string, retryAfterMs: number | undefined): void {
    const pace = this.#of(host);
    const now = this.#clock.monotonicMs();
    if (retryAfterMs === undefined && pace.pausedUntil > now) return;
    const ms = retryAfterMs ?? Math.min(FIRST_PAUSE_MS * 2 ** pace.refusals, LONGEST_PAUSE_MS);
    pace.refusals += 1;
    if (now + ms < pace.pausedUntil) return;
    pace.pausedUntil = now + ms;
    pace.isTold = retryAfterMs !== undefined;
  }

  /** Takes in an answer that is no 429; during a pause it means nothing, as it was asked before. */
  served(host: string): void {
    const pace = this.#hosts.get(host);
    if (pace !== undefined && this.pausedMs(host) === 0) pace.refusals = 0;
  }

  /** Takes the next place in the row; returns how long it is until then. */
  #take(host: string): number {
    const pace = this.#of(host);
    const now = this.#clock.monotonicMs();
    const at = Math.max(now, pace.nextAt);
    pace.nextAt = at + this.#intervalMs;
    return at - now;
  }

  #of(host: string): Pace {
    const known = this.#hosts.get(host) ??
      { pausedUntil: 0, isTold: false, refusals: 0, nextAt: 0 };
    this.#hosts.set(host, known);
    return known;
  }
}
