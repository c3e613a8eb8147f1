import type { Placement } from "../objects/observed.ts";
import type { NodeFacts } from "../placement/eligibility.ts";
import { placementText } from "../placement/placement_text.ts";
import { whyNot } from "../placement/why_not.ts";
import { withoutUnset } from "../without_unset.ts";
import type { WantReason } from "./asked.ts";
import type { WantedSet } from "./wanted_set.ts";

/** One line of `controller plan`: an image, who wants it and where. */
export interface PlanRow {
  /** Canonical reference. */
  readonly image: string;
  readonly reasons: readonly WantReason[];
  readonly priority: number;
  /** ISO time since which a pod waits for it, or at which one will; absent when none does. */
  readonly neededBy?: string;
  /**
   * `all`: every known node; else their names in order. Where no node is known, which ones it would
   * be: `all`, or `all nodes that match pool=ci`.
   */
  readonly nodes: string | readonly string[];
  /** Known nodes that are left out, those with most in common first. */
  readonly notOn: readonly NodesLeftOut[];
}

/** Nodes on which an image is not wanted, all for the same reason. */
export interface NodesLeftOut {
  /** Finishes "not on NODE: …". */
  readonly why: string;
  readonly count: number;
  /** The first few of their names, in order. */
  readonly nodes: readonly string[];
}

/** What would be wanted where, sorted by image. */
export function planOf(set: WantedSet, nodes: Iterable<NodeFacts>): PlanRow[] {
  const known = [...nodes].sort((left, right) => (left.name < right.name ? -1 : 1));
  const obstaclesTo = obstaclesByPlacement(known);
  return [...set.images.values()].map((image) => {
    const { reference, reasons, priority, neededBy, placements } = image;
    const where = known.length === 0
      ? { nodes: nodesInWords(placements), notOn: [] }
      : split(known, placements.map(obstaclesTo));
    return withoutUnset({ image: reference, reasons, priority, neededBy, ...where });
  });
}

/** Most nodes of one reason, and most placements, that are told one by one. */
const NAMED = 3;

/** What keeps an image off each node, in the order of the nodes; undefined where nothing does. */
type Obstacles = readonly (string | undefined)[];

/** Most placements are alike: each distinct one is judged once. */
function obstaclesByPlacement(nodes: readonly NodeFacts[]): (placement: Placement) => Obstacles {
  const judged = new Map<string, Obstacles>();
  return (placement) => {
    const key = JSON.stringify(placement);
    const obstacles = judged.get(key) ?? nodes.map((node) => whyNot(placement, node));
    judged.set(key, obstacles);
    return obstacles;
  };
}

/** A node that none of the placements allows is left out for what each of them says. */
function split(
  known: readonly NodeFacts[],
  obstacles: readonly Obstacles[],
): Pick<PlanRow, "nodes" | "notOn"> {
  const names: string[] = [];
  const leftOut = new Map<string, string[]>();
  known.forEach(({ name }, index) => {
    const whys = new Set(obstacles.map((each) => each[index]));
    if (whys.has(undefined)) return names.push(name);
    const why = [...whys].join(" and ");
    const alike = leftOut.get(why) ?? [];
    leftOut.set(why, alike);
    alike.push(name);
  });
  const notOn = [...leftOut].sort(([, left], [, right]) => right.length - left.length)
    .map(([why, nodes]) => ({ why, count: nodes.length, nodes: nodes.slice(0, NAMED) }));
  return { nodes: notOn.length === 0 ? "all" : names, notOn };
}

function nodesInWords(placements: readonly Placement[]): string {
  const texts = [...new Set(placements.map(placementText))];
  if (texts.includes(undefined)) return "all";
  const more = texts.length > NAMED ? [`${texts.length - NAMED} more`] : [];
  return `all nodes that match ${[...texts.slice(0, NAMED), ...more].join("; or ")}`;
}
