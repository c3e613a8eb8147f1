import { type CronTimes, parseCron, runAtOrAfter } from "../objects/cron_text.ts";
import type { Schedule } from "../objects/observed.ts";

const HOUR_MS = 60 * 60_000;

/**
 * When something that runs by a schedule is needed, in ms since the epoch. Of several runs in one
 * hour the first alone counts: what follows from these changes once an hour at most, however often
 * something runs.
 */
export interface Runs {
  /** The first run since the present hour began: it may be over already. */
  readonly first: number;
  /** The first run after the present hour, if there is one. */
  readonly later: number | undefined;
}

/**
 * Computes the runs of schedules, and remembers them until they are over. While they stay the same,
 * they are the very same object.
 */
export class NextRuns {
  readonly #first = new WeakMap<Schedule, Known>();
  readonly #later = new WeakMap<Schedule, Known>();
  readonly #times = new WeakMap<Schedule, readonly CronTimes[]>();
  readonly #runs = new WeakMap<Schedule, Runs>();

  /** `nowMs` is the time of day (ms since the epoch); undefined: it never runs again. */
  of(schedule: Schedule, nowMs: number): Runs | undefined {
    const hour = Math.floor(nowMs / HOUR_MS) * HOUR_MS;
    const nextHour = hour + HOUR_MS;
    const first = this.#remembered(this.#first, schedule, hour);
    if (first === undefined) return undefined;
    const isNow = first < nextHour;
    const later = isNow ? this.#remembered(this.#later, schedule, nextHour) : first;
    const known = this.#runs.get(schedule);
    if (known?.first === first && known.later === later) return known;
    const runs = { first, later };
    this.#runs.set(schedule, runs);
    return runs;
  }

  #remembered(
    known: WeakMap<Schedule, Known>,
    schedule: Schedule,
    fromMs: number,
  ): number | undefined {
    const last = known.get(schedule);
    const holds = last !== undefined && last.fromMs <= fromMs && fromMs <= (last.run ?? Infinity);
    if (holds) return last.run;
    const sinceMs = Date.parse(schedule.since ?? "");
    const runs = this.#timesOf(schedule).map((times) => runOf(times, sinceMs, fromMs) ?? Infinity);
    const first = Math.min(...runs);
    const run = Number.isFinite(first) ? first : undefined;
    known.set(schedule, { fromMs, run });
    return run;
  }

  #timesOf(schedule: Schedule): readonly CronTimes[] {
    const times = this.#times.get(schedule) ?? schedule.cron.flatMap((text) => {
      const parsed = parseCron(text, schedule.timeZone);
      return "times" in parsed ? [parsed.times] : [];
    });
    this.#times.set(schedule, times);
    return times;
  }
}

/** The first run that is not before `fromMs`. */
interface Known {
  readonly fromMs: number;
  readonly run: number | undefined;
}

/** What runs again and again does so from when it was made; where that is not known, from 1970. */
function runOf(times: CronTimes, sinceMs: number, fromMs: number): number | undefined {
  if (!("everyMs" in times)) return runAtOrAfter(times, fromMs);
  const since = Number.isFinite(sinceMs) ? sinceMs : 0;
  const passed = Math.max(1, Math.ceil((fromMs - since) / times.everyMs));
  return since + passed * times.everyMs;
}
