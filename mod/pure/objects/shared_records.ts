import type { Observed, ObservedFault, Placement, PodShape } from "./observed.ts";
import { SharedValues } from "./shared_values.ts";

/**
 * Parts of records of which equal ones are held once, whatever kind they are of: a template and the
 * pods made of it have the same shape then, which is quick to tell.
 */
export class SharedRecords {
  readonly #placements = new SharedValues<Placement>();
  readonly #shapes = new SharedValues<PodShape>();
  readonly #marks = new Map<PodShape, ShapeMark>();
  #lastNumber = 0;

  /** The record to hold in place of this one. */
  take(record: Observed): Observed {
    switch (record.type) {
      case "workload": {
        const { workload } = record;
        const shapes = this.#alone(workload.shapes.map((shape) => this.#takeShape(shape)));
        return { type: "workload", workload: { ...workload, shapes, faults: faultsOf(workload) } };
      }
      case "pod": {
        const { pod } = record;
        const shape = this.#takeShape(pod.shape);
        return { type: "pod", pod: { ...pod, shape, faults: faultsOf(pod) } };
      }
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
        const shapes = record.workload.shapes.map((shape) => this.#marks.get(shape)?.number);
        return JSON.stringify({ ...record.workload, shapes });
      }
      case "pod":
        return JSON.stringify({ ...record.pod, shape: this.#marks.get(record.pod.shape)?.number });
      default:
        return JSON.stringify(record);
    }
  }

  #takeShape(shape: PodShape): PodShape {
    return this.#shapes.take(shape, undefined, () => {
      const held = { ...shape, placement: this.#placements.take(shape.placement) };
      this.#marks.set(held, { number: ++this.#lastNumber, alone: [held] });
      return held;
    });
  }

  #releaseShape(shape: PodShape): void {
    if (!this.#shapes.release(shape)) return;
    this.#placements.release(shape.placement);
    this.#marks.delete(shape);
  }

  /** Nearly every workload has one shape: a list of it is held once as well. */
  #alone(shapes: readonly PodShape[]): readonly PodShape[] {
    const [shape] = shapes;
    const mark = shape && this.#marks.get(shape);
    return shapes.length === 1 ? mark?.alone ?? shapes : shapes;
  }
}

/** What is known of a shape beside it. */
interface ShapeMark {
  /** A short name, to make short keys of what holds the shape. */
  readonly number: number;
  readonly alone: readonly PodShape[];
}

const NO_FAULTS: readonly ObservedFault[] = [];

function faultsOf({ faults }: { readonly faults: readonly ObservedFault[] }) {
  return faults.length === 0 ? NO_FAULTS : faults;
}
