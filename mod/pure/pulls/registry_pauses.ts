import { type Backoff, backoffMs } from "../backoff.ts";
import type { Moment } from "../moment.ts";

/** The longest that a registry is left alone because it asks for that, in ms. */
const LONGEST_MS = 60 * 60_000;
/** What is added to what it asks for, so that a fleet does not come back in the same second, in ms. */
const SPREAD = { share: 0.25, leastMs: 1_000, mostMs: 60_000 };

/** Pauses that registries asked for (429, Retry-After). Times are monotonic, in ms. */
export class RegistryPauses {
  readonly #pauses = new Map<string, Pause>();
  readonly #backoff: Backoff;
  readonly #random: () => number;

  constructor(backoff: Backoff, random: () => number) {
    this.#backoff = backoff;
    this.#random = random;
  }

  /**
   * Takes in that it refuses, for `retryAfterMs` where it says so. Pulls that run at the same time are
   * refused together: that counts as one, and the longest of what they were told.
   */
  refused(registry: string, now: Moment, retryAfterMs?: number): void {
    const pause = this.#pauses.get(registry) ?? { until: 0, refusals: 0 };
    const isPaused = pause.until > now.monotonicMs;
    const isTold = retryAfterMs !== undefined && retryAfterMs > 0;
    if (
      isPaused && (!isTold || now.monotonicMs + Math.min(retryAfterMs, LONGEST_MS) <= pause.until)
    ) return;
    const refusals = isPaused ? pause.refusals : pause.refusals + 1;
    const ms = isTold ? this.#told(retryAfterMs) : backoffMs(refusals, this.#backoff, this.#random);
    const shown = new Date(now.wallMs + ms).toISOString();
    this.#pauses.set(registry, { until: now.monotonicMs + ms, shown, refusals });
  }

  /** Takes in a successful pull; during a pause it means nothing, as the pull had begun before. */
  served(registry: string, now: number): void {
    if ((this.until(registry) ?? 0) <= now) this.#pauses.delete(registry);
  }

  /** When the pause of a registry ends or ended; `undefined` when it did not ask for one. */
  until(registry: string): number | undefined {
    return this.#pauses.get(registry)?.until;
  }

  /** Why no image of a registry is pulled, for the report; `undefined` when it may be. */
  reason(registry: string, now: number): string | undefined {
    const pause = this.#pauses.get(registry);
    if (pause === undefined || pause.until <= now) return undefined;
    return `${registry} asked for a pause, until ${pause.shown}`;
  }

  /** All registries that asked for a pause, and when it ends. */
  all(): Map<string, number> {
    return new Map([...this.#pauses].map(([registry, { until }]) => [registry, until]));
  }

  /** Never less than it asks for, up to a limit. */
  #told(retryAfterMs: number): number {
    const ms = Math.min(retryAfterMs, LONGEST_MS);
    const { share, leastMs, mostMs } = SPREAD;
    return Math.round(ms + Math.min(Math.max(ms * share, leastMs), mostMs) * this.#random());
  }
}

interface Pause {
  readonly until: number;
  /** The time of day at which it ends, by the clock of when it began. */
  readonly shown: string;
  readonly refusals: number;
}
