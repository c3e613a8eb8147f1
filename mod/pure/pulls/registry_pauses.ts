import { type Backoff, backoffMs } from "../backoff.ts";
import type { Moment } from "../moment.ts";

/** Pauses that registries asked for (429). Times are monotonic, in ms. */
export class RegistryPauses {
  readonly #pauses = new Map<string, Pause>();
  readonly #backoff: Backoff;
  readonly #random: () => number;

  constructor(backoff: Backoff, random: () => number) {
    this.#backoff = backoff;
    this.#random = random;
  }

  /** Takes in a 429. Pulls that run at the same time are refused together: that counts as one. */
  refused(registry: string, now: Moment): void {
    const pause = this.#pauses.get(registry) ?? { until: 0, refusals: 0 };
    if (pause.until > now.monotonicMs) return;
    const refusals = pause.refusals + 1;
    const ms = backoffMs(refusals, this.#backoff, this.#random);
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
    return `${registry} asked for a pause (429), until ${pause.shown}`;
  }

  /** All registries that asked for a pause, and when it ends. */
  all(): Map<string, number> {
    return new Map([...this.#pauses].map(([registry, { until }]) => [registry, until]));
  }
}

interface Pause {
  readonly until: number;
  /** The time of day at which it ends, by the clock of when it began. */
  readonly shown: string;
  readonly refusals: number;
}
