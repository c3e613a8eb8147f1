import { type CronTimes, parseCron, runAtOrAfter } from "../objects/cron_text.ts";
import type { Schedule } from "../objects/observed.ts";

/** So many that differ are told apart at once. */
const MAX_SCHEDULES = 10_000;

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
 * they are the very same object. Equal schedules, of which a cluster has many, are computed once.
 */
export class NextRuns {
  readonly #bySchedule = new WeakMap<Schedule, ScheduleRuns>();
  readonly #byText = new Map<string, ScheduleRuns>();

  /** `nowMs` is the time of day (ms since the epoch); undefined: it never runs again. */
  of(schedule: Schedule, nowMs: number): Runs | undefined {
    return this.#runsOf(schedule).at(nowMs);
  }

  #runsOf(schedule: Schedule): ScheduleRuns {
    const known = this.#bySchedule.get(schedule);
    if (known !== undefined) return known;
    const text = JSON.stringify(schedule);
    const runs = this.#byText.get(text) ?? new ScheduleRuns(schedule);
    if (this.#byText.size >= MAX_SCHEDULES) this.#byText.clear();
    this.#byText.set(text, runs);
    this.#bySchedule.set(schedule, runs);
    return runs;
  }
}

/** The runs of one schedule. */
class ScheduleRuns {
  readonly #first: RunFrom;
  readonly #later: RunFrom;
  #runs: Runs | undefined;

  constructor({ cron, timeZone, since = "" }: Schedule) {
    const times = cron.map((text) => parseCron(text, timeZone))
      .flatMap((parsed) => "times" in parsed ? [parsed.times] : []);
    const sinceMs = Date.parse(since);
    this.#first = new RunFrom(times, sinceMs);
    this.#later = new RunFrom(times, sinceMs);
  }

  at(nowMs: number): Runs | undefined {
    const hour = Math.floor(nowMs / HOUR_MS) * HOUR_MS;
    const nextHour = hour + HOUR_MS;
    const first = this.#first.notBefore(hour);
    if (first === undefined) return undefined;
    const later = first < nextHour ? this.#later.notBefore(nextHour) : first;
    if (this.#runs?.first !== first || this.#runs.later !== later) this.#runs = { first, later };
    return this.#runs;
  }
}

/** A run that is remembered until it is over: to compute one takes its time. */
class RunFrom {
  readonly #times: readonly CronTimes[];
  readonly #sinceMs: number;
  #fromMs = Infinity;
  #run: number | undefined;

  constructor(times: readonly CronTimes[], sinceMs: number) {
    this.#times = times;
    this.#sinceMs = sinceMs;
  }

  /** The first run that is not before this time, if there is one. */
  notBefore(fromMs: number): number | undefined {
    const holds = this.#fromMs <= fromMs && fromMs <= (this.#run ?? Infinity);
    if (holds) return this.#run;
    const runs = this.#times.map((times) => runOf(times, this.#sinceMs, fromMs) ?? Infinity);
    const first = Math.min(...runs);
    this.#fromMs = fromMs;
    this.#run = Number.isFinite(first) ? first : undefined;
    return this.#run;
  }
}

/** What runs again and again does so from when it was made; where that is not known, from 1970. */
function runOf(times: CronTimes, sinceMs: number, fromMs: number): number | undefined {
  if (!("everyMs" in times)) return runAtOrAfter(times, fromMs);
  const since = Number.isFinite(sinceMs) ? sinceMs : 0;
  const passed = Math.max(1, Math.ceil((fromMs - since) / times.everyMs));
  return since + passed * times.everyMs;
}
