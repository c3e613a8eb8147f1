import type { Conditions } from "../../ports/conditions.ts";
import { withoutUnset } from "../../pure/without_unset.ts";

/** One condition as `/readyz` shows it. */
export interface ConditionView {
  readonly holds: boolean;
  /** ISO time since when it holds, or does not. */
  readonly since: string;
  readonly reason?: string;
}

/** What `/readyz` answers. */
export interface Readiness {
  readonly ready: boolean;
  readonly conditions: Readonly<Record<string, ConditionView>>;
}

/** A loop that has not turned for so long is stuck, whatever it waits for. */
const MAX_SILENCE_MS = 60_000;

/** Reasons hold texts of other programs: bounded. */
const MAX_REASON_CHARS = 500;

/** The truth behind `/livez` and `/readyz`. The start of the program counts as a beat. */
export class HealthState implements Conditions {
  readonly #conditions = new Map<string, ConditionView>();
  #lastBeatMs = Date.now();

  set(name: string, holds: boolean, reason?: string): void {
    const before = this.#conditions.get(name);
    const since = before?.holds === holds ? before.since : new Date().toISOString();
    const view = { holds, since, reason: reason?.slice(0, MAX_REASON_CHARS) };
    this.#conditions.set(name, withoutUnset(view));
  }

  beat(): void {
    this.#lastBeatMs = Date.now();
  }

  /** How long ago the loop last turned. */
  silenceMs(): number {
    return Date.now() - this.#lastBeatMs;
  }

  /** Whether the program's own loop turns. */
  live(): boolean {
    return this.silenceMs() <= MAX_SILENCE_MS;
  }

  /** All conditions; not ready while there is none yet. */
  readiness(): Readiness {
    const conditions = Object.fromEntries(this.#conditions);
    const all = [...this.#conditions.values()];
    return { ready: all.length > 0 && all.every((condition) => condition.holds), conditions };
  }
}
