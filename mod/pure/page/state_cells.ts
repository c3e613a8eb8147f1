import type { FleetNode } from "../fleet/fleet_node.ts";
import { NO_CELL } from "./page_view.ts";

/** Numbers for states, and columns for images, by which cells are written. */
export class CellWriter {
  readonly #states: string[] = ["warm", "pulling", "waiting", "failed", "skipped"];
  readonly #columns = new Map<string, number>();
  readonly #free: number[] = [];

  /** Names of states by their numbers. */
  get states(): readonly string[] {
    return this.#states;
  }

  /** The column of an image: one that no other has meanwhile. */
  column(reference: string): number {
    const known = this.#columns.get(reference);
    if (known !== undefined) return known;
    const column = this.#free.pop() ?? this.#columns.size;
    this.#columns.set(reference, column);
    return column;
  }

  /** Frees the column of an image that no node reports any more. */
  forget(reference: string): void {
    const column = this.#columns.get(reference);
    if (column === undefined) return;
    this.#columns.delete(reference);
    this.#free.push(column);
  }

  /** What a node reports of all images, as `PageNode.cells` has it. */
  cells(node: FleetNode): string {
    const bytes: number[] = [];
    for (const { cells, at } of node.places()) {
      const image = cells.images[at];
      if (image === undefined) continue;
      const column = this.column(image.reference);
      while (bytes.length <= column) bytes.push(EMPTY);
      bytes[column] = ZERO + this.#code(cells.isBytes(at) ? WARM_AS_BYTES : cells.state(at));
    }
    return new TextDecoder().decode(new Uint8Array(bytes));
  }

  #code(state: string): number {
    const known = this.#states.indexOf(state);
    return known >= 0 ? known : this.#states.push(state) - 1;
  }
}

/** Shown apart in the matrix. */
const WARM_AS_BYTES = "warm as bytes";
const ZERO = "0".charCodeAt(0);
const EMPTY = NO_CELL.charCodeAt(0);
