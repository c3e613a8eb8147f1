import { type Backoff, backoffMs } from "../backoff.ts";

/** Registries that asked to be left alone (429). Times are ms since the epoch. */
export class RegistryPauses {
  readonly #pauses = new Map<string, { readonly until: number; readonly refusals: number }>();
  readonly #backoff: Backoff;
  readonly #random: () => number;

  constructor(backoff: Backoff, random: () => number) {
    this.#backoff = backoff;
    this.#random = random;
  }

  /** Pulls that were under way together are refused together: they count as one refusal. */
  refused(registry: string, now: number): void {
    const pause = this.#pauses.get(registry) ?? { until: 0, refusals: 0 };
    if (pause.until > now) return;
    const refusals = pause.refusals + 1;
    const until = now + backoffMs(refusals, this.#backoff, this.#random);
    this.#pauses.set(registry, { until, refusals });
  }

  /** A pull succeeded. During a pause that means nothing: it had begun before. */
  served(registry: string, now: number): void {
    if ((this.until(registry) ?? 0) <= now) this.#pauses.delete(registry);
  }

  /** Until when a registry is or was left alone; `undefined` when it did not ask for it. */
  until(registry: string): number | undefined {
    return this.#pauses.get(registry)?.until;
  }

  /** All registries that asked for a pause, and until when. */
  all(): Map<string, number> {
    return new Map([...this.#pauses].map(([registry, { until }]) => [registry, until]));
  }
}
