import { type Asked, LOWEST_PRIORITY } from "./asked.ts";
import { NextRuns } from "./next_run.ts";
import type { WorkloadGroup } from "./workload_groups.ts";

/** A pod of a schedule that waits for so long waits for its images, and not for its start alone. */
const PATIENCE_MS = 60_000;

/** Says what a schedule, such as a CronJob's, changes of what its workload asks for. */
export class Timetable {
  readonly #runs = new NextRuns();
  readonly #leadMs: number | undefined;

  /**
   * `leadMs`: how long before a run its images are wanted, until the hour of the run is over; undefined: always.
   */
  constructor(leadMs: number | undefined) {
    this.#leadMs = leadMs;
  }

  /** The workload as it speaks now (ms since the epoch): far from a run, what it started does alone. */
  speaker(group: WorkloadGroup, nowMs: number): WorkloadGroup {
    const schedule = group.root?.schedule;
    if (group.root === undefined || schedule === undefined || this.#leadMs === undefined) {
      return group;
    }
    const runs = schedule.suspended ? undefined : this.#runs.of(schedule, nowMs);
    const isNear = runs !== undefined && runs.first <= nowMs + this.#leadMs;
    return isNear ? group : { ...group, root: { ...group.root, shapes: [] } };
  }

  /** What such a workload asks for, with when. */
  timed(asked: readonly Asked[], group: WorkloadGroup, nowMs: number): readonly Asked[] {
    const schedule = group.root?.schedule;
    if (schedule === undefined) return asked;
    const runs = schedule.suspended ? undefined : this.#runs.of(schedule, nowMs);
    return asked.map((each) => {
      const { reason } = each;
      const waits = nowMs - Date.parse(each.neededBy ?? "") >= PATIENCE_MS;
      const neededBy = waits ? each.neededBy : undefined;
      if (reason.how === "revision") return { ...each, neededBy };
      // With each run pods come that show what is a guess else: a reason would change as often.
      const how = reason.how === "guess" ? { how: "pods" as const } : {};
      const priority = schedule.suspended && !waits ? LOWEST_PRIORITY : each.priority;
      return { ...each, neededBy, runs, reason: { ...reason, ...how }, priority };
    });
  }
}
