import type { BeatValue, PartValue, ReportValue } from "../bucket/agent_wire.ts";
import type { StateKey } from "../bucket/state_keys.ts";
import type { NodeValue, WantedValue } from "../bucket/wire.ts";
import { withoutUnset } from "../without_unset.ts";
import { FleetImage } from "./fleet_image.ts";
import { FleetNode } from "./fleet_node.ts";
import { ReportCells, StateNames } from "./report_cells.ts";

/**
 * What is wanted and what is there, over all nodes, as the bucket says it: what people are shown. Values
 * may come in any order. Of a report in several parts, parts of the one before it may be there for a
 * moment, while it is written.
 */
export class Fleet {
  readonly #nodes = new Map<string, FleetNode>();
  readonly #images = new Map<string, FleetImage>();
  readonly #states = new StateNames();
  #version = 0;

  /** Grows with each change. */
  get version(): number {
    return this.#version;
  }

  /** By name. */
  get nodes(): ReadonlyMap<string, FleetNode> {
    return this.#nodes;
  }

  /** By canonical reference. */
  get images(): ReadonlyMap<string, FleetImage> {
    return this.#images;
  }

  /** Takes in `node.<node>`. */
  putNode(value: NodeValue): void {
    this.#change(value.name, (node) => node.facts = value);
  }

  /** Takes in `beat.<node>`; `seenAt` is when the agent wrote it, in ms by a clock that nobody sets. */
  putBeat(value: BeatValue, seenAt: number): void {
    this.#change(value.node, (node) => {
      node.beat = value;
      node.seenAt = Math.max(node.seenAt ?? -Infinity, seenAt);
    });
  }

  /** Takes in `report.<node>`; `isPartial`: images were left out of it that nobody asked for. */
  putReport(value: ReportValue, seenAt: number, isPartial = false): void {
    const { agent, runtime, at, omitted, nodeUid, parts = 1 } = value;
    this.#change(value.node, (node) => {
      node.report = withoutUnset({
        agent,
        at,
        nodeUid,
        runtime,
        parts: parts > 1 ? parts : undefined,
        omitted: omitted || undefined,
        isPartial: isPartial || undefined,
      });
      node.seenAt = Math.max(node.seenAt ?? -Infinity, seenAt);
      this.#setPart(node, 1, value.images);
      for (let number = parts + 1; node.part(number) !== undefined; number++) {
        this.#setPart(node, number, undefined);
      }
    });
  }

  /** Takes in `part.<n>.<node>`. */
  putPart(number: number, value: PartValue): void {
    this.#change(value.node, (node) => this.#setPart(node, number, value.images));
  }

  /** Takes in `wanted.<image>`. */
  putWanted({ reference, priority, neededBy, sizeBytes }: WantedValue): void {
    this.#imageOf(reference).wanted = { priority, neededBy, sizeBytes };
    this.#version++;
  }

  /** Takes in that a key was deleted. */
  delete(key: StateKey): void {
    switch (key.type) {
      case "node":
        return this.#change(key.name, (node) => node.facts = undefined);
      case "beat":
        return this.#change(key.name, (node) => node.beat = undefined);
      case "report":
        return this.#change(key.name, (node) => {
          node.report = undefined;
          this.#setPart(node, 1, undefined);
        });
      case "part":
        return this.#change(key.name, (node) => this.#setPart(node, key.part, undefined));
      case "wanted": {
        const image = this.#images.get(key.name);
        if (image !== undefined) image.wanted = undefined;
        if (image?.isGone) this.#images.delete(key.name);
        this.#version++;
        return;
      }
      default:
        return; // nothing of it is kept
    }
  }

  /** Forgets everything. */
  clear(): void {
    this.#nodes.clear();
    this.#images.clear();
    this.#version++;
  }

  #change(name: string, change: (node: FleetNode) => void): void {
    const node = this.#nodes.get(name) ?? new FleetNode(name);
    this.#nodes.set(name, node);
    change(node);
    node.changedAt = ++this.#version;
    if (node.isGone) this.#nodes.delete(name);
  }

  #setPart(node: FleetNode, number: number, images: ReportValue["images"] | undefined): void {
    const before = node.part(number);
    const cells = images && new ReportCells(images, {
      imageOf: (reference) => this.#imageOf(reference),
      states: this.#states,
    });
    // The new ones first: an image that both have is not forgotten in between.
    if (cells !== undefined) count(node, cells, 1);
    if (before !== undefined) {
      count(node, before, -1);
      for (const { reference, isGone } of before.images) {
        if (isGone) this.#images.delete(reference);
      }
    }
    node.setPart(number, cells);
  }

  #imageOf(reference: string): FleetImage {
    const known = this.#images.get(reference);
    if (known !== undefined) return known;
    const image = new FleetImage(reference);
    this.#images.set(reference, image);
    return image;
  }
}

function count(node: FleetNode, cells: ReportCells, by: 1 | -1): void {
  cells.images.forEach((image, at) => {
    const state = cells.state(at);
    image.counts.add(state, by);
    node.counts.add(state, by);
  });
}
