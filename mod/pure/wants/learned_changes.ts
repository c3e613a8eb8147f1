import { ObjectMap, type ObjectName } from "./object_map.ts";
import type { ShapeChange } from "./shape_change.ts";

/** What pods of a workload showed. */
interface Learned {
  readonly changes: readonly ShapeChange[];
  /** When it is forgotten; infinite where this pass sees its pods, or keeps it. */
  untilMs: number;
}

/**
 * What pods of workloads showed that their templates do not say, by workload. It stays known for a
 * while after the last pod, so that a workload that is scaled to zero starts with what it asked for.
 * Times are monotonic, in ms.
 */
export class LearnedChanges {
  readonly #keptMs: number;
  readonly #learned = new ObjectMap<Learned>();

  /** `keptMs` is how long they stay known. */
  constructor(keptMs: number) {
    this.#keptMs = keptMs;
  }

  /** Begins a pass and forgets what is too old; pods that the last pass saw were there until now. */
  begin(nowMs: number): void {
    this.#learned.keepOnly((learned) => {
      learned.untilMs = Math.min(learned.untilMs, nowMs + this.#keptMs);
      return learned.untilMs > nowMs;
    });
  }

  /** Takes in what pods of a workload show now; nothing: they are as their template. */
  learn(workload: ObjectName, changes: readonly ShapeChange[]): void {
    if (changes.length === 0) return this.#learned.delete(workload);
    const known = this.of(workload);
    // The very same again: what follows from it is not made out anew then.
    const same = sameChanges(known, changes) ? known : changes;
    this.#learned.set(workload, { changes: same, untilMs: Infinity });
  }

  /** Keeps what is known of a workload although it has no pods now. */
  keep(workload: ObjectName): void {
    const learned = this.#learned.get(workload);
    if (learned !== undefined) learned.untilMs = Infinity;
  }

  /** What was known of a workload before this pass. */
  of(workload: ObjectName): readonly ShapeChange[] {
    return this.#learned.get(workload)?.changes ?? NONE;
  }

  /** When the next is forgotten; undefined where all have pods. */
  nextAtMs(): number | undefined {
    let next = Infinity;
    for (const { untilMs } of this.#learned.values()) next = Math.min(next, untilMs);
    return Number.isFinite(next) ? next : undefined;
  }
}

const NONE: readonly ShapeChange[] = [];

function sameChanges(left: readonly ShapeChange[], right: readonly ShapeChange[]): boolean {
  return left.length === right.length && left.every(({ template, pod }, index) => {
    const other = right[index];
    return other?.template === template && other.pod === pod;
  });
}
