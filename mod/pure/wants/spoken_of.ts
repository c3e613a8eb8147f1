import { type RevisionRules, speak } from "./revisions.ts";
import type { ShapeChange } from "./shape_change.ts";
import type { Spoken } from "./spoken.ts";
import type { WorkloadGroup } from "./workload_groups.ts";

/** What a workload asks for. Made out anew only where something of it has changed. */
export function spokenOf(group: WorkloadGroup, rules: RevisionRules): Spoken {
  const { remembered } = group;
  const { learned } = rules;
  if (remembered.spoken !== undefined && followsFrom(remembered.spoken.from, group, learned)) {
    return remembered.spoken.spoken;
  }
  const from = [...partsOf(group, learned)];
  const spoken = speak(group, rules);
  remembered.spoken = { from, spoken };
  return spoken;
}

function* partsOf(group: WorkloadGroup, learned: readonly ShapeChange[]): Generator<unknown> {
  yield learned;
  yield group.root;
  for (const { object, pods } of group.revisions) {
    yield object;
    yield* pods;
  }
  yield* group.pods;
}

/** As comparing `partsOf`, without making a list of it: nearly all workloads are as they were. */
function followsFrom(
  from: readonly unknown[],
  { root, revisions, pods }: WorkloadGroup,
  learned: readonly ShapeChange[],
): boolean {
  let at = 0;
  if (from[at++] !== learned || from[at++] !== root) return false;
  for (const revision of revisions) {
    if (from[at++] !== revision.object) return false;
    for (const pod of revision.pods) if (from[at++] !== pod) return false;
  }
  for (const pod of pods) if (from[at++] !== pod) return false;
  return at === from.length;
}
