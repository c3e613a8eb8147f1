import type { Clock } from "../../ports/clock.ts";
import type { Conditions } from "../../ports/conditions.ts";
import type { Metrics } from "../../ports/metrics.ts";
import type { ConditionView, Readiness } from "../../pure/readiness.ts";
import { withoutUnset } from "../../pure/without_unset.ts";

/** A work loop is stuck when it has been silent for longer: its outside calls give up before. */
const MAX_SILENCE_MS = 60_000;

/** Reasons hold texts of other programs, so they are cut. */
const MAX_REASON_CHARS = 500;

/** The state that `/livez` and `/readyz` show. The start of the program counts as a beat. */
export class HealthState implements Conditions {
  readonly #conditions = new Map<string, ConditionView>();
  readonly #notes = new Map<string, string>();
  readonly #clock: Clock;
  readonly #metrics: Metrics | undefined;
  #lastBeatMs: number;

  /** With `metrics` it shows each condition there too. */
  constructor(clock: Clock, metrics?: Metrics) {
    this.#clock = clock;
    this.#metrics = metrics;
    this.#lastBeatMs = clock.monotonicMs();
  }

  set(name: string, holds: boolean, reason?: string): void {
    const before = this.#conditions.get(name);
    const since = before?.holds === holds
      ? before.since
      : new Date(this.#clock.wallMs()).toISOString();
    const view = { holds, since, reason: reason?.slice(0, MAX_REASON_CHARS) };
    this.#conditions.set(name, withoutUnset(view));
    this.#metrics?.gauge("warm_images_condition", holds ? 1 : 0, { condition: name });
  }

  note(name: string, text: string | undefined): void {
    if (text === undefined) this.#notes.delete(name);
    else this.#notes.set(name, text.slice(0, MAX_REASON_CHARS));
  }

  beat(): void {
    this.#lastBeatMs = this.#clock.monotonicMs();
  }

  /** How long ago the last beat was, in ms. */
  silenceMs(): number {
    return this.#clock.monotonicMs() - this.#lastBeatMs;
  }

  /** Whether beats come. */
  live(): boolean {
    return this.silenceMs() <= MAX_SILENCE_MS;
  }

  /** All conditions and notes; not ready while there is no condition. */
  readiness(): Readiness {
    const conditions = Object.fromEntries(this.#conditions);
    const all = [...this.#conditions.values()];
    const notes = this.#notes.size > 0 ? Object.fromEntries(this.#notes) : undefined;
    const ready = all.length > 0 && all.every((condition) => condition.holds);
    return withoutUnset({ ready, conditions, notes });
  }
}
