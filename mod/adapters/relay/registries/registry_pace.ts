import { delay } from "../../../async/delay.ts";
import type { Clock } from "../../../ports/clock.ts";
import { type HostPause, isWaitedFor } from "../../../pure/relay/pause_patience.ts";

/** How long a registry is left alone that does not say; the next time in a row twice as long. */
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;

interface Pause {
  pausedUntil: number;
  /** Whether the host itself said how long. */
  isTold: boolean;
  /** Refusals in a row. */
  refusals: number;
}

/** Who asks a host. */
export interface Asker {
  /** Key of the login; undefined: nobody in particular. */
  readonly login?: string | undefined;
}

/**
 * When requests may go to a host, for all pulls of the node: in the order in which they come, no
 * more in a second than is set, and none while the host has asked for a pause (429). That holds for
 * whoever was asked: registries count what each login, and all without one, have had.
 */
export class RegistryPace {
  /** By host and login. */
  readonly #pauses = new Map<string, Pause>();
  /** When the next request may go, by host. */
  readonly #nextAt = new Map<string, number>();
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
  pausedMs(host: string, asker: Asker = {}): number {
    const { pausedUntil = 0 } = this.#pauses.get(keyOf(host, asker)) ?? {};
    return Math.max(0, pausedUntil - this.#clock.monotonicMs());
  }

  /**
   * Waits until a request may go; resolves to the host's pause where that is too long to wait for.
   * When `signal` aborts, throws its reason.
   */
  async turn(
    host: string,
    { signal, unlimited = false, ...asker }: Asker & {
      readonly signal: AbortSignal;
      /** Whether the limit is not for this host: it is storage and no registry. */
      readonly unlimited?: boolean;
    },
  ): Promise<HostPause | undefined> {
    while (true) {
      const leftMs = this.pausedMs(host, asker);
      if (leftMs > 0) {
        const pause = { leftMs, isTold: this.#of(host, asker).isTold };
        if (!isWaitedFor(pause)) return pause;
        await delay(leftMs, { signal });
        continue;
      }
      if (unlimited || this.#intervalMs === 0) return undefined;
      const waitMs = this.#take(host);
      if (waitMs <= 0) return undefined;
      await delay(waitMs, { signal });
      if (this.pausedMs(host, asker) === 0) return undefined;
    }
  }

  /** Takes in a 429; requests that were under way together are refused together. */
  refused(host: string, retryAfterMs: number | undefined, asker: Asker = {}): void {
    const pause = this.#of(host, asker);
    const now = this.#clock.monotonicMs();
    if (retryAfterMs === undefined && pause.pausedUntil > now) return;
    const ms = retryAfterMs ?? Math.min(FIRST_PAUSE_MS * 2 ** pause.refusals, LONGEST_PAUSE_MS);
    pause.refusals += 1;
    if (now + ms < pause.pausedUntil) return;
    pause.pausedUntil = now + ms;
    pause.isTold = retryAfterMs !== undefined;
  }

  /** Takes in an answer that is no 429; during a pause it means nothing, as it was asked before. */
  served(host: string, asker: Asker = {}): void {
    if (this.pausedMs(host, asker) === 0) this.#pauses.delete(keyOf(host, asker));
  }

  /** Takes the next place in the row; returns how long it is until then. */
  #take(host: string): number {
    const now = this.#clock.monotonicMs();
    const at = Math.max(now, this.#nextAt.get(host) ?? 0);
    this.#nextAt.set(host, at + this.#intervalMs);
    return at - now;
  }

  #of(host: string, asker: Asker): Pause {
    const key = keyOf(host, asker);
    const known = this.#pauses.get(key) ?? { pausedUntil: 0, isTold: false, refusals: 0 };
    this.#pauses.set(key, known);
    return known;
  }
}

function keyOf(host: string, { login = "" }: Asker): string {
  return `${host} ${login}`;
}
