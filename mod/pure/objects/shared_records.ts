import type { Observed, Placement, PodShape } from "./observed.ts";
import { SharedValues } from "./shared_values.ts";

/**
 * Parts of records of which equal ones are held once, whatever kind they are of: a template and the
 * pods made of it have the same shape then, which is quick to tell.
 */
export class SharedRecords {
  readonly #placements = new SharedValues<Placement>();
  readonly #shapes = new SharedValues<PodShape>();
  /** Short names of shapes, to make short keys of what holds them. */
  readonly #numbers = new Map<PodShape, number>();
  #lastNumber = 0;

  /** The record to hold in place of this one. */
  take(record: Observed): Observed {
    switch (record.type) {
      case "workload": {
        const shapes = record.workload.shapes.map((shape) => this.#takeShape(shape));
        return { type: "workload", workload: { ...record.workload, shapes } };
      }
      case "pod":
        return { type: "pod", pod: { ...record.pod, shape: this.#takeShape(record.pod.shape) } };
      default:
        return record;
    }
  }

  /** Says that a record which `take` gave is held no more. */
  release(record: Observed): void {
    if (record.type === "pod") this.#releaseShape(record.pod.shape);
    if (record.type !== "workload") return;
    for (const shape of record.workload.shapes) this.#releaseShape(shape);
  }

  /** The same for equal records that `take` gave, and for no others. */
  keyOf(record: Observed): string {
    switch (record.type) {
      case "workload": {
        const shapes = record.workload.shapes.map((shape) => this.#numbers.get(shape));
        return JSON.stringify({ ...record.workload, shapes });
      }
      case "pod":
        return JSON.stringify({ ...record.pod, shape: this.#numbers.get(record.pod.shape) });
      default:
        return JSON.stringify(record);
    }
  }

  #takeShape(shape: PodShape): PodShape {
    return this.#shapes.take(shape, undefined, () => {
      const held = { ...shape, placement: this.#placements.take(shape.placement) };
      this.#numbers.set(held, ++this.#lastNumber);
      return held;
    });
  }

  #releaseShape(shape: PodShape): void {
    if (!this.#shapes.release(shape)) return;
    this.#placements.release(shape.placement);
    this.#numbers.delete(shape);
  }
}
