import type { Fleet } from "../fleet/fleet.ts";
import { reasonCode, sortedReasons } from "../fleet/reason_counts.ts";
import { compareTexts } from "../compare_texts.ts";

/** An image that is wanted and that some nodes could not get, at their last try. */
export interface FailingImage {
  /** Canonical. */
  readonly reference: string;
  readonly priority: number;
  /** On how many nodes its last pull failed. */
  readonly nodeCount: number;
  /** Names of some of these, in order. */
  readonly nodes: readonly string[];
  /** The code that most of them report, such as `not_found`. */
  readonly reason: string;
  /** The whole reason of one of these, for a person. */
  readonly text: string;
  /** Since when the first of the nodes has it in this state, in ms since the epoch; Infinity: not told. */
  readonly sinceMs: number;
}

/**
 * Nodes that are asked for the reason, of each image: when a registry is down, millions of cells tell
 * the same.
 */
const ASKED_NODES = 100;

/** All images that some node reports as failed. Nodes without a failure cost nothing. */
export function failingImages(fleet: Fleet): FailingImage[] {
  const gathered = new Map<string, Gathered>();
  for (const node of fleet.nodes.values()) {
    if (node.counts.get("failed") === 0) continue;
    for (const { cells, at } of node.places()) {
      const image = cells.images[at];
      if (cells.state(at) !== "failed" || image?.wanted === undefined) continue;
      const { reference, wanted: { priority } } = image;
      const entry = gathered.get(reference) ?? new Gathered(reference, priority);
      gathered.set(reference, entry);
      if (++entry.count > ASKED_NODES) continue;
      entry.add(node.name, cells.reason(at), cells.cell(at).sinceMs);
    }
  }
  return [...gathered.values()].map((each) => each.image());
}

/** What nodes say of one image. */
class Gathered {
  readonly #nodes: string[] = [];
  readonly #reasons = new Map<string, number>();
  readonly #texts = new Map<string, string>();
  #sinceMs = Infinity;
  count = 0;

  constructor(readonly reference: string, readonly priority: number) {}

  add(node: string, reason: string | undefined, sinceMs: number): void {
    const code = reasonCode(reason);
    this.#nodes.push(node);
    this.#reasons.set(code, (this.#reasons.get(code) ?? 0) + 1);
    if (!this.#texts.has(code)) this.#texts.set(code, reason ?? code);
    if (!Number.isNaN(sinceMs)) this.#sinceMs = Math.min(sinceMs, this.#sinceMs);
  }

  image(): FailingImage {
    const { reference, priority } = this;
    const reason = sortedReasons(this.#reasons)[0]?.reason ?? "";
    return {
      reference,
      priority,
      nodeCount: this.count,
      nodes: this.#nodes.sort(compareTexts),
      reason,
      text: this.#texts.get(reason) ?? reason,
      sinceMs: this.#sinceMs,
    };
  }
}
