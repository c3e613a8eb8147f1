import { ObjectMap } from "./object_map.ts";
import { speak, type Spoken } from "./revisions.ts";
import type { ShapeChange } from "./shape_change.ts";
import type { WorkloadGroup } from "./workload_groups.ts";

/** What a workload asks for. */
interface Known {
  /** Everything that it follows from. */
  readonly from: readonly unknown[];
  readonly spoken: Spoken;
  /** The last pass that asked. */
  pass: number;
}

/** What workloads ask for. Made out anew only where something of theirs has changed. */
export class SpokenWorkloads {
  readonly #keepRevisions: number;
  readonly #known = new ObjectMap<Known>();
  #pass = 0;

  constructor(keepRevisions: number) {
    this.#keepRevisions = keepRevisions;
  }

  /** What a workload asks for; `learned` is what its pods showed the last time it had some. */
  of(group: WorkloadGroup, learned: readonly ShapeChange[]): Spoken {
    const known = this.#known.get(group);
    if (known !== undefined && followsFrom(known.from, group, learned)) {
      known.pass = this.#pass;
      return known.spoken;
    }
    const from = [...partsOf(group, learned)];
    const spoken = speak(group, { keepRevisions: this.#keepRevisions, learned });
    this.#known.set(group, { from, spoken, pass: this.#pass });
    return spoken;
  }

  /** Ends a pass: forgets the workloads that it has not asked about. */
  endPass(): void {
    for (const [object, { pass }] of this.#known.entries()) {
      if (pass !== this.#pass) this.#known.delete(object);
    }
    this.#pass++;
  }
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
