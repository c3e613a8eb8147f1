import { ObjectMap, type ObjectName } from "./object_map.ts";
import type { ShapeChange } from "./shape_change.ts";

/** What pods of a workload showed, and when (monotonic ms). */
interface Learned {
  readonly changes: readonly ShapeChange[];
  readonly seenMs: number;
}

/**
 * What pods of workloads showed that their templates do not say, by workload. It stays known for a
 * while after the last pod, so that a workload that is scaled to zero starts with what it asked for.
 */
export class LearnedChanges {
  readonly #keptMs: number;
  readonly #changes = new ObjectMap<Learned>();

  /** `keptMs` is how long they stay known, in milliseconds. */
  constructor(keptMs: number) {
    this.#keptMs = keptMs;
  }

  /** Takes in what pods show now, at a monotonic time in ms; none: they are as their template. */
  learn(workload: ObjectName, changes: readonly ShapeChange[], nowMs: number): void {
    if (changes.length === 0) this.#changes.delete(workload);
    else this.#changes.set(workload, { changes, seenMs: nowMs });
  }

  /** What is known of a workload that has no pods now. */
  of(workload: ObjectName): readonly ShapeChange[] {
    return this.#changes.get(workload)?.changes ?? NONE;
  }

  /** Forgets what is too old by then. */
  forget(nowMs: number): void {
    this.#changes.keepOnly(({ seenMs }) => nowMs < seenMs + this.#keptMs);
  }
}

const NONE: readonly ShapeChange[] = [];
