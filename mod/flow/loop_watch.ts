import type { Clock } from "../ports/clock.ts";
import type { Conditions } from "../ports/conditions.ts";

/** A loop that has not turned for longer is stuck; `/livez` allows as long. */
const STUCK_MS = 60_000;

/** Conditions that also remember when the work loop turned last. */
export class LoopWatch implements Conditions {
  readonly #conditions: Conditions;
  readonly #clock: Clock;
  #turnedAt: number;

  constructor(conditions: Conditions, clock: Clock) {
    this.#conditions = conditions;
    this.#clock = clock;
    this.#turnedAt = clock.monotonicMs();
  }

  set(...condition: Parameters<Conditions["set"]>): void {
    this.#conditions.set(...condition);
  }

  note(name: string, text: string | undefined): void {
    this.#conditions.note(name, text);
  }

  beat(): void {
    this.#turnedAt = this.#clock.monotonicMs();
    this.#conditions.beat();
  }

  /** Whether the loop turns, or waits for a cause. */
  turns(): boolean {
    return this.#clock.monotonicMs() - this.#turnedAt <= STUCK_MS;
  }
}
