import type { UsesReport } from "../bucket/agent_wire.ts";
import { withoutUnset } from "../without_unset.ts";
import type { Fleet } from "./fleet.ts";
import type { KnownCounts } from "./fleet_image.ts";
import { sumUses } from "./fleet_uses.ts";
import type { NodeRow } from "./node_rows.ts";
import { type ReasonCount, sortedReasons } from "./reason_counts.ts";

/** The fleet in a few numbers. */
export interface FleetSummary {
  /** Nodes with a Node object; where none is known, as with manifests, those with an agent. */
  readonly nodes: number;
  /** Of these nodes. */
  readonly agents: { readonly fresh: number; readonly stale: number; readonly missing: number };
  /** Nodes that are kept from pods until they are warm; absent: none. */
  readonly gated?: number;
  /** Images that are wanted. */
  readonly images: number;
  /** Sums over all of these nodes: an image that ten nodes have counts ten times. */
  readonly counts: FleetCounts;
  /** Those of the warm ones of which only the bytes are kept; absent: none. */
  readonly asBytes?: number;
  /** How much of what nodes should have is warm, 0 to 1, without what they skip; 1: nothing is lacking. */
  readonly warmShare: number;
  /** Why images failed, over all nodes, the most frequent first. */
  readonly failures: readonly ReasonCount[];
  /** Bytes of the warm images that agents pulled, as registries store them. */
  readonly pulledBytes: number;
  /** What containers of these nodes needed; absent: no agent can tell. */
  readonly uses?: UsesReport;
}

/** Sums over nodes; see `NodeRow`. */
export type FleetCounts = KnownCounts & Pick<NodeRow, "wanted">;

/** Sums up a fleet by its rows. */
export function fleetSummary(fleet: Fleet, rows: readonly NodeRow[]): FleetSummary {
  const agents = { fresh: 0, stale: 0, missing: 0 };
  const counts = { wanted: 0, warm: 0, pulling: 0, waiting: 0, failed: 0, skipped: 0, other: 0 };
  const failures = new Map<string, number>();
  let [nodes, gated, asBytes, pulledBytes] = [0, 0, 0, 0];
  for (const row of rows) {
    if (!row.isKnown) continue;
    nodes++;
    agents[row.agent]++;
    if (row.gate !== undefined) gated++;
    for (const state of COUNTED) counts[state] += row[state];
    for (const { reason, count } of row.failures) {
      failures.set(reason, (failures.get(reason) ?? 0) + count);
    }
    asBytes += row.asBytes ?? 0;
    pulledBytes += row.pulledBytes;
  }
  const able = counts.wanted - counts.skipped;
  return withoutUnset({
    nodes,
    agents,
    gated: gated || undefined,
    images: wantedImages(fleet),
    counts,
    asBytes: asBytes || undefined,
    warmShare: able > 0 ? Math.min(1, counts.warm / able) : 1,
    failures: sortedReasons(failures),
    pulledBytes,
    uses: sumUses(rows.filter(({ isKnown }) => isKnown).map(({ uses }) => uses)),
  });
}

const COUNTED = ["wanted", "warm", "pulling", "waiting", "failed", "skipped", "other"] as const;

function wantedImages({ images }: Fleet): number {
  let count = 0;
  for (const { wanted } of images.values()) if (wanted !== undefined) count++;
  return count;
}
