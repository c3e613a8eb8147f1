import type { ObservedWorkload } from "../objects/observed.ts";
import type { RevisionWithPods } from "./workload_groups.ts";

/**
 * Whether a workload itself asks for pods of its template now. One with a schedule does so by the
 * Jobs that it starts alone.
 */
export function isAwake({ asleep, schedule }: ObservedWorkload): boolean {
  return asleep !== true && schedule === undefined;
}

/**
 * Whether a revision asks for pods now. With a workload that is asleep so are its revisions, whatever
 * pods are left, but for what stands alone: a Job that runs goes on, and may start further pods.
 */
export function asksForPods(
  root: ObservedWorkload | undefined,
  { object, pods }: RevisionWithPods,
): boolean {
  const { asleep, revision } = object;
  if (root !== undefined && !isAwake(root) && revision?.standsAlone !== true) return false;
  return asleep !== true && (revision?.idle !== true || pods.length > 0);
}
