import type { BeatValue, ReportValue } from "../bucket/agent_wire.ts";
import type { NodeValue } from "../bucket/wire.ts";
import { StateCounts } from "./fleet_image.ts";
import type { Cell, ReportCells } from "./report_cells.ts";

/** What a report says of its agent, beside the images. */
export type ReportHead = Pick<ReportValue, HeadFields> & {
  /** Its images are not all that the node has. */
  readonly isPartial?: boolean;
};

type HeadFields = "agent" | "runtime" | "at" | "parts" | "omitted" | "nodeUid";

/** One node of the fleet: known by its Node object, by what its agent writes, or by both. */
export class FleetNode {
  readonly name: string;
  /** Over the images that it reports. */
  readonly counts = new StateCounts();
  /** Facts of the Node object; absent: there is none (manifests, or it is gone). */
  facts: NodeValue | undefined;
  /** The agent's last beat; absent: it does not beat. */
  beat: BeatValue | undefined;
  /** The head of its report; absent: there is none. */
  report: ReportHead | undefined;
  /** When its agent gave its last sign (beat or report), in ms by a clock that nobody sets. */
  seenAt: number | undefined;
  /** The fleet's version at its last change. */
  changedAt = 0;
  /** By number of the part of its report, from 1 on. */
  readonly #parts = new Map<number, ReportCells>();

  constructor(name: string) {
    this.name = name;
  }

  /** Whether nothing is left to know of it. */
  get isGone(): boolean {
    return this.facts === undefined && this.beat === undefined && this.#parts.size === 0;
  }

  /** A part of its report. */
  part(number: number): ReportCells | undefined {
    return this.#parts.get(number);
  }

  /** Replaces a part of its report; undefined: there is none any more. */
  setPart(number: number, cells: ReportCells | undefined): void {
    if (cells === undefined) this.#parts.delete(number);
    else this.#parts.set(number, cells);
  }

  /** Places of all images that it reports: the cells, and where in them. */
  *places(): Generator<{ readonly cells: ReportCells; readonly at: number }> {
    for (const cells of this.#parts.values()) {
      for (let at = 0; at < cells.size; at++) yield { cells, at };
    }
  }

  /** What it reports of the images that it gives a reason or progress for. */
  *explainedCells(): Generator<Cell> {
    for (const cells of this.#parts.values()) {
      for (const at of cells.explained()) yield cells.cell(at);
    }
  }

  /** Bytes of the warm images that its agent pulled, as registries store them. */
  get pulledBytes(): number {
    let bytes = 0;
    for (const cells of this.#parts.values()) bytes += cells.pulledBytes;
    return bytes;
  }

  /** How many images it reports as warm of which it keeps the bytes alone. */
  get asBytes(): number {
    return this.#parts.values().reduce((sum, { asBytes }) => sum + asBytes, 0);
  }

  /** What it reports of each image. */
  *cells(): Generator<[reference: string, cell: Cell]> {
    for (const { cells, at } of this.places()) {
      const image = cells.images[at];
      if (image !== undefined) yield [image.reference, cells.cell(at)];
    }
  }

  /** What it reports of one image. */
  cell(reference: string): Cell | undefined {
    for (const cells of this.#parts.values()) {
      const at = cells.images.findIndex((image) => image.reference === reference);
      if (at >= 0) return cells.cell(at);
    }
    return undefined;
  }
}
