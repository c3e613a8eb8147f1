import { compareTexts } from "../compare_texts.ts";
import type { Placement } from "../objects/observed.ts";
import type { NodeFacts } from "../placement/eligibility.ts";
import { placementText } from "../placement/placement_text.ts";
import { joinedWhys, whyNot } from "../placement/why_not.ts";
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
  /** As registries store it; absent where none was asked, or none told. */
  readonly sizeBytes?: number;
  /** Known nodes that are left out: the commonest reasons first, the rarest together at the end. */
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
export function planOf(
  set: Pick<WantedSet, "images">,
  nodes: Iterable<NodeFacts>,
  sizes: ReadonlyMap<string, number> = new Map(),
): PlanRow[] {
  const known = [...nodes].sort((left, right) => compareTexts(left.name, right.name));
  const judge = judgeOf(known);
  return [...set.images.values()].map((image) => {
    const { reference, reasons, priority, neededBy, placements } = image;
    const where = known.length === 0
      ? { nodes: nodesInWords(placements), notOn: [] }
      : judge(placements);
    const sizeBytes = sizes.get(reference);
    return withoutUnset({ image: reference, reasons, priority, neededBy, sizeBytes, ...where });
  });
}

/** Most nodes of one reason, and most placements, that are told one by one. */
const NAMED = 3;

/** Most reasons that are told: where each node has another label there may be thousands. */
const REASONS = 5;

/** What keeps an image off each node, in the order of the nodes; undefined where nothing does. */
type Obstacles = readonly (string | undefined)[];

/** Where an image is wanted. */
type Where = Pick<PlanRow, "nodes" | "notOn">;

/** Decides where images with these placements are wanted. Most are alike: they are judged once. */
function judgeOf(nodes: readonly NodeFacts[]): (placements: readonly Placement[]) => Where {
  const obstacles = new Map<string, Obstacles>();
  const judged = new Map<string, Where>();
  const obstaclesTo = (placement: Placement) =>
    remembered(
      obstacles,
      JSON.stringify(placement),
      () => nodes.map((node) => whyNot(placement, node)),
    );
  return (placements) =>
    remembered(judged, JSON.stringify(placements), () => split(nodes, placements.map(obstaclesTo)));
}

function remembered<T>(known: Map<string, T>, key: string, make: () => T): T {
  const value = known.get(key) ?? make();
  known.set(key, value);
  return value;
}

/** Judges as `whyOnNone()`, by what was found out for each placement before. */
function split(known: readonly NodeFacts[], obstacles: readonly Obstacles[]): Where {
  const names: string[] = [];
  const leftOut = new Map<string, string[]>();
  known.forEach(({ name }, index) => {
    const whys = new Set(obstacles.map((each) => each[index]));
    if (whys.has(undefined)) names.push(name);
    else remembered(leftOut, joinedWhys(whys), () => []).push(name);
  });
  return { nodes: leftOut.size === 0 ? "all" : names, notOn: leftOutOf(leftOut) };
}

/** Nodes by what keeps an image off them: the commonest reasons first, the rarest together. */
export function leftOutOf(byReason: ReadonlyMap<string, readonly string[]>): NodesLeftOut[] {
  const sorted = [...byReason].sort(([, left], [, right]) => right.length - left.length);
  const others = sorted.slice(REASONS).flatMap(([, nodes]) => nodes);
  const told = sorted.slice(0, REASONS);
  return [...told, ...(others.length > 0 ? [["other reasons", others] as const] : [])]
    .map(([why, nodes]) => ({ why, count: nodes.length, nodes: nodes.slice(0, NAMED) }));
}

/** Where images are wanted whose nodes are not known: `all`, or `all nodes that match pool=ci`. */
export function nodesInWords(placements: readonly Placement[]): string {
  const texts = [...new Set(placements.map(placementText))];
  if (texts.includes(undefined)) return "all";
  const more = texts.length > NAMED ? [`${texts.length - NAMED} more`] : [];
  return `all nodes that match ${[...texts.slice(0, NAMED), ...more].join("; or ")}`;
}
