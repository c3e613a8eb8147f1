import { type Backoff, backoffMs } from "../backoff.ts";
import { FAILURE_RULES, isSkip, type PullFailure } from "./pull_outcome.ts";

/** How long a node waits before it pulls again, by kind of failure. */
export interface PullSchedule {
  /** Network, 5xx, stalls: usually over soon. */
  readonly retry: Backoff;
  /** 429: no image is pulled from the registry meanwhile. */
  readonly registryPause: Backoff;
  /** Not found, denied, no platform: only a change outside helps, so tries are rare. */
  readonly park: Backoff;
  /** No room on the disk. */
  readonly room: Backoff;
  /** An image that others remove: from the second time on. */
  readonly removed: Backoff;
}

/** The schedule of a running agent. */
export const PULL_SCHEDULE: PullSchedule = {
  retry: { baseMs: 2_000, maxMs: 5 * 60_000 },
  registryPause: { baseMs: 30_000, maxMs: 10 * 60_000 },
  park: { baseMs: 10 * 60_000, maxMs: 60 * 60_000 },
  room: { baseMs: 30_000, maxMs: 5 * 60_000 },
  removed: { baseMs: 10 * 60_000, maxMs: 24 * 60 * 60_000 },
};

/** What follows from a failed pull. */
export interface AfterFailure {
  /** State that the report shows from now on. */
  readonly state: "failed" | "skipped" | "waiting";
  /** How long this image is not pulled, in ms. */
  readonly waitMs: number;
  /** Whether its registry is given a pause. */
  readonly pausesRegistry: boolean;
  /** The image must be checked again before it is pulled. */
  readonly stale: boolean;
}

/** Decides what follows from the `failures`th failure in a row of one image. */
export function afterFailure(
  failure: PullFailure,
  failures: number,
  options: { readonly schedule: PullSchedule; readonly random: () => number },
): AfterFailure {
  const { schedule, random } = options;
  const wait = (backoff: Backoff) => backoffMs(failures, backoff, random);
  const plain = { state: "failed", waitMs: 0, pausesRegistry: false, stale: false } as const;
  const rule = FAILURE_RULES[failure];
  switch (rule.kind) {
    case "retry":
      return { ...plain, waitMs: Math.max(wait(schedule.retry), rule.notBeforeMs ?? 0) };
    case "registry_pause":
      return { ...plain, pausesRegistry: true };
    case "park":
      return {
        ...plain,
        state: isSkip(failure) ? "skipped" : "failed",
        waitMs: wait(schedule.park),
      };
    case "wait_for_login":
      return { ...plain, state: "waiting", waitMs: wait(schedule.park) };
    case "wait_for_room": {
      const state = isSkip(failure) ? "skipped" : "waiting";
      return { ...plain, state, waitMs: wait(schedule.room) };
    }
    case "wait_for_runtime":
      return { ...plain, state: "waiting", waitMs: wait(schedule.retry), stale: true };
    default:
      return rule satisfies never;
  }
}
