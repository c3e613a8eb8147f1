import type { FleetNode } from "../fleet/fleet_node.ts";

/**
 * Which of these images a node has not, by its report: since when each has failed there, in ms since
 * the epoch; 0 for those that have not. Where it has all, as is the rule, no more is looked at than its
 * report.
 */
export function lackedImages(
  node: Pick<FleetNode, "places">,
  images: ReadonlySet<string>,
): ReadonlyMap<string, number> {
  const had = new Set<string>();
  const failed = new Map<string, number>();
  for (const { cells, at } of node.places()) {
    const reference = cells.images[at]?.reference;
    if (reference === undefined || !images.has(reference)) continue;
    const state = cells.state(at);
    if (state === "warm" || state === "skipped") had.add(reference);
    else if (state === "failed") failed.set(reference, cells.cell(at).sinceMs || 1);
  }
  if (had.size === images.size) return NONE;
  const lacked = images.difference(had);
  return new Map([...lacked].map((reference) => [reference, failed.get(reference) ?? 0]));
}

const NONE: ReadonlyMap<string, number> = new Map();
