import { mayRun, type NodeFacts } from "../placement/eligibility.ts";
import type { Placement } from "../objects/observed.ts";
import type { WantReason } from "./asked.ts";
import type { WantedSet } from "./wanted_set.ts";

/** One line of `controller plan`: an image, who wants it and where. */
export interface PlanRow {
  /** Canonical reference. */
  readonly image: string;
  readonly reasons: readonly WantReason[];
  readonly priority: number;
  /** `all`: every known node, also when none is known; else their names in order. */
  readonly nodes: "all" | readonly string[];
}

/** What would be wanted where, sorted by image. */
export function planOf(set: WantedSet, nodes: Iterable<NodeFacts>): PlanRow[] {
  const known = [...nodes].sort((left, right) => (left.name < right.name ? -1 : 1));
  const namesOf = namesByPlacement(known);
  return [...set.images.values()].map(({ reference, reasons, priority, placements }) => {
    const runs = new Set(placements.flatMap(namesOf));
    const names = known.map((node) => node.name).filter((name) => runs.has(name));
    const nodes = names.length === known.length ? "all" : names;
    return { image: reference, reasons, priority, nodes };
  });
}

/** Most placements are alike: each distinct one is judged once. */
function namesByPlacement(nodes: readonly NodeFacts[]): (placement: Placement) => string[] {
  const judged = new Map<string, string[]>();
  return (placement) => {
    const key = JSON.stringify(placement);
    const names = judged.get(key) ??
      nodes.filter((node) => mayRun(placement, node)).map((node) => node.name);
    judged.set(key, names);
    return names;
  };
}
