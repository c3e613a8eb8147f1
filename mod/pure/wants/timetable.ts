import type { ObservedWorkload, Schedule } from "../objects/observed.ts";
import { type Asked, LOWEST_PRIORITY } from "./asked.ts";
import { NextRuns, type Runs } from "./next_runs.ts";
import type { WorkloadGroup } from "./workload_groups.ts";

/** A pod of a schedule that waits for so long waits for its images, and not for its start alone. */
const PATIENCE_MS = 60_000;

/**
 * Says what a schedule, such as a CronJob's, changes of what its workload asks for. While that stays
 * the same, it is the very same object.
 */
export class Timetable {
  readonly #runs = new NextRuns();
  readonly #leadMs: number | undefined;
  readonly #silent = new WeakMap<ObservedWorkload, ObservedWorkload>();
  readonly #timed = new WeakMap<Asked, Timed>();

  /** `leadMs`: how long before a run, until its hour is over, images are wanted; undefined: always. */
  constructor(leadMs: number | undefined) {
    this.#leadMs = leadMs;
  }

  /** The workload as it speaks now (ms since the epoch): far from a run, what it started does alone. */
  speaker(group: WorkloadGroup, nowMs: number): WorkloadGroup {
    const { root } = group;
    if (root === undefined || this.isNear(root, nowMs)) return group;
    const silent = this.#silent.get(root) ?? { ...root, shapes: [] };
    this.#silent.set(root, silent);
    return { ...group, root: silent };
  }

  /** Whether a run is so near that the workload's own images are wanted. */
  isNear({ schedule }: Pick<ObservedWorkload, "schedule">, nowMs: number): boolean {
    if (schedule === undefined || this.#leadMs === undefined) return true;
    const runs = this.#runsOf(schedule, nowMs);
    return runs !== undefined && runs.first <= nowMs + this.#leadMs;
  }

  /** What such a workload asks for, with when. */
  timed(asked: readonly Asked[], { root }: WorkloadGroup, nowMs: number): readonly Asked[] {
    const { schedule } = root ?? {};
    if (schedule === undefined) return asked;
    const runs = this.#runsOf(schedule, nowMs);
    return asked.map((each) => {
      const waits = nowMs - Date.parse(each.neededBy ?? "") >= PATIENCE_MS;
      const known = this.#timed.get(each);
      if (known?.runs === runs && known?.waits === waits) return known.asked;
      const timed = { runs, waits, asked: timedAsked(each, { schedule, runs, waits }) };
      this.#timed.set(each, timed);
      return timed.asked;
    });
  }

  #runsOf(schedule: Schedule, nowMs: number): Runs | undefined {
    return schedule.suspended ? undefined : this.#runs.of(schedule, nowMs);
  }
}

interface Timed {
  readonly runs: Runs | undefined;
  readonly waits: boolean;
  readonly asked: Asked;
}

function timedAsked(
  asked: Asked,
  { schedule, runs, waits }: Pick<Timed, "runs" | "waits"> & { readonly schedule: Schedule },
): Asked {
  const { reason } = asked;
  const neededBy = waits ? asked.neededBy : undefined;
  if (reason.how === "revision") return { ...asked, neededBy };
  // With each run pods come that show what is a guess else: a reason would change as often.
  const how = reason.how === "guess" ? { how: "pods" as const } : {};
  const priority = schedule.suspended && !waits ? LOWEST_PRIORITY : asked.priority;
  return { ...asked, neededBy, runs, reason: { ...reason, ...how }, priority };
}
