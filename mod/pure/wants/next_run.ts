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

/** The next of these runs. */
export function nextOf({ first, later }: Runs, nowMs: number): number | undefined {
  return first < nowMs ? later : first;
}

/** Computes the runs of schedules, and remembers them until they are over. */
export class NextRuns {
  readonly #first = new WeakMap<Schedule, Known>();
  readonly #later = new WeakMap<Schedule, Known>();

  /** `nowMs` is the time of day (ms since the epoch); undefined: it never runs again. */
  of(schedule: Schedule, nowMs: number): Runs | undefined {
    const hour = Math.floor(nowMs / HOUR_MS) * HOUR_MS;
    const nextHour = hour + HOUR_MS;
    const first = remembered(this.#first, schedule, hour);
    if (first === undefined) return undefined;
    const isNow = first < nextHour;
    return { first, later: isNow ? remembered(this.#later, schedule, nextHour) : first };
  }
}

/** The first run that is not before `fromMs`. */
interface Known {
  readonly fromMs: number;
  readonly run: number | undefined;
}

function remembered(
  known: WeakMap<Schedule, Known>,
  schedule: Schedule,
  fromMs: number,
): number | undefined {
  const last = known.get(schedule);
  if (last !== undefined && last.fromMs <= fromMs && !(fromMs > (last.run ?? Infinity))) {
    return last.run;
  }
  const run = firstRun(schedule, fromMs);
  known.set(schedule, { fromMs, run });
  return run;
}

function firstRun({ cron, timeZone, since }: Schedule, fromMs: number): number | undefined {
  const runs = cron.map((text) => {
    const parsed = parseCron(text, timeZone);
    return "fault" in parsed ? undefined : runOf(parsed.times, Date.parse(since ?? ""), fromMs);
  });
  const first = Math.min(...runs.map((run) => run ?? Infinity));
  return Number.isFinite(first) ? first : undefined;
}

/** What runs again and again does so from when it was made; where that is not known, from 1970. */
function runOf(times: CronTimes, sinceMs: number, fromMs: number): number | undefined {
  if (!("everyMs" in times)) return runAtOrAfter(times, fromMs);
  const since = Number.isFinite(sinceMs) ? sinceMs : 0;
  const passed = Math.max(1, Math.ceil((fromMs - since) / times.everyMs));
  return since + passed * times.everyMs;
}
