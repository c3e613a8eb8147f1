import type { FleetNode } from "../fleet/fleet_node.ts";
import { reasonCode, type ReasonCount, sortedReasons } from "../fleet/reason_counts.ts";

/** Why images failed, over all nodes, kept by what each node reports: few are failed at a time. */
export class FailuresByImage {
  /** By node, then by reference: the code of the reason. */
  readonly #nodes = new Map<string, ReadonlyMap<string, string>>();
  /** By reference, then by code. */
  readonly #images = new Map<string, Map<string, number>>();

  /** Takes in what a node reports now; undefined: it is gone. */
  put(name: string, node: FleetNode | undefined): void {
    for (const [reference, code] of this.#nodes.get(name) ?? []) this.#add(reference, code, -1);
    const failed = node && failedOn(node);
    if (failed === undefined || failed.size === 0) {
      this.#nodes.delete(name);
      return;
    }
    this.#nodes.set(name, failed);
    for (const [reference, code] of failed) this.#add(reference, code, 1);
  }

  /** Why an image failed, the most frequent first. */
  of(reference: string): ReasonCount[] {
    return sortedReasons(this.#images.get(reference) ?? new Map());
  }

  #add(reference: string, code: string, by: 1 | -1): void {
    const codes = this.#images.get(reference) ?? new Map<string, number>();
    const count = (codes.get(code) ?? 0) + by;
    if (count > 0) codes.set(code, count);
    else codes.delete(code);
    if (codes.size > 0) this.#images.set(reference, codes);
    else this.#images.delete(reference);
  }
}

function failedOn(node: FleetNode): ReadonlyMap<string, string> {
  const failed = new Map<string, string>();
  if (node.counts.get("failed") === 0) return failed;
  for (const { cells, at } of node.places()) {
    const image = cells.images[at];
    if (image !== undefined && cells.state(at) === "failed") {
      failed.set(image.reference, reasonCode(cells.reason(at)));
    }
  }
  return failed;
}
