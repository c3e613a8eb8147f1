import type { UsesReport } from "../bucket/agent_wire.ts";
import type { WantedValues } from "../bucket/wanted_values.ts";
import { compareTexts } from "../compare_texts.ts";
import { withoutUnset } from "../without_unset.ts";
import { type AgentSign, agentSign, type AgentState } from "./agent_sign.ts";
import type { Fleet } from "./fleet.ts";
import type { FleetNode, ReportHead } from "./fleet_node.ts";
import { type GateRow, gateRow } from "./gate_row.ts";
import { countsByState, type KnownCounts } from "./fleet_image.ts";
import { reasonCode, type ReasonCount, sortedReasons } from "./reason_counts.ts";

/** How one node stands; counts are images. */
export interface NodeRow extends AgentSign, KnownCounts {
  readonly node: string;
  /** False: an agent writes under this name, and no Node object has it although others exist. */
  readonly isKnown: boolean;
  /** What it should have, by its own word; of a node whose agent says nothing, by its placement. */
  readonly wanted: number;
  /** Wanted there, and left out of its report as there was no room. */
  readonly omitted: number;
  /** Why images failed, the most frequent first; empty where only a beat is known. */
  readonly failures: readonly ReasonCount[];
  /** Of all images that are pulled now. */
  readonly progress?: PullsProgress;
  /** Use of the disk that images lie on, 0 to 100. */
  readonly diskPercent?: number;
  readonly diskFreeBytes?: number;
  /** Version of the agent, and of containerd. */
  readonly version?: string;
  readonly runtime?: string;
  /** Those of the warm images of which only the bytes are kept; absent: none are known. */
  readonly asBytes?: number;
  /** Bytes of the warm images that its agent pulled, as registries store them. */
  readonly pulledBytes: number;
  /** What its containers needed, where its agent can tell. */
  readonly uses?: UsesReport;
  /** Whose word the counts are: a report's, a beat's alone, or of placements, as nobody says it. */
  readonly toldBy: "report" | "beat" | "placement";
  /** What keeps pods from it until it is warm; absent: nothing does. */
  readonly gate?: GateRow;
}

/** How far the running pulls of a node are, as far as they tell. */
export interface PullsProgress {
  readonly bytes: number;
  readonly totalBytes: number;
  /** Until the last of them is done. */
  readonly secondsLeft?: number;
}

/** By what rows are made. */
export interface RowsOf {
  /** Tells what a node should have that says nothing itself. */
  readonly wanted: Pick<WantedValues, "on">;
  /** By the clock of the fleet's `seenAt`. */
  readonly nowMs: number;
}

/** One row a node, the worst first. */
export function nodeRows(fleet: Fleet, by: RowsOf): NodeRow[] {
  const nodes = [...fleet.nodes.values()];
  const anyFacts = nodes.some(({ facts }) => facts !== undefined);
  return nodes.map((node) => nodeRow(node, { ...by, anyFacts })).sort(worstFirst);
}

/** The row of one node; `anyFacts`: whether Node objects are known at all. */
export function nodeRow(node: FleetNode, by: RowsOf & { readonly anyFacts: boolean }): NodeRow {
  const { beat, report, facts } = node;
  const disk = beat?.disk;
  return withoutUnset({
    node: node.name,
    isKnown: facts !== undefined || !by.anyFacts,
    ...agentSign(node, by.nowMs),
    ...countsOf(node, by.wanted),
    failures: failuresOf(node),
    progress: progressOf(node),
    diskPercent: disk?.usedPercent,
    diskFreeBytes: disk?.freeBytes,
    version: beat?.agent ?? report?.agent,
    runtime: (beat?.runtime ?? report?.runtime)?.server,
    asBytes: node.asBytes || undefined,
    pulledBytes: node.pulledBytes,
    uses: beat?.uses,
    toldBy: isWhole(report) ? "report" : beat !== undefined ? "beat" : "placement",
    gate: gateRow(node),
  });
}

/**
 * Orders rows: agents that say nothing of wanted images, then by how many images failed, then by how
 * many are not there yet.
 */
export function worstFirst(one: NodeRow, other: NodeRow): number {
  return silence(other) - silence(one) || other.failed - one.failed ||
    lacking(other) - lacking(one) || compareTexts(one.node, other.node);
}

const SILENCE: Readonly<Record<AgentState, number>> = { missing: 2, stale: 1, fresh: 0 };

/** Nobody misses an agent where nothing is to be warmed. */
const silence = ({ agent, wanted }: NodeRow): number => wanted === 0 ? 0 : SILENCE[agent];

const lacking = ({ wanted, warm, skipped }: NodeRow): number => wanted - warm - skipped;

type Counts = KnownCounts & Pick<NodeRow, "wanted" | "omitted">;

/** A report tells more than a beat, and is written whenever it changes. */
function countsOf({ beat, report, facts, counts }: FleetNode, wanted: RowsOf["wanted"]): Counts {
  if (isWhole(report)) {
    const { omitted = 0 } = report;
    return { ...countsByState(counts), wanted: counts.total + omitted, omitted };
  }
  const none = { warm: 0, pulling: 0, waiting: 0, failed: 0, skipped: 0, other: 0, omitted: 0 };
  if (beat !== undefined) return { ...none, ...beat.images };
  return { ...none, wanted: facts === undefined ? 0 : wanted.on(facts).size };
}

function isWhole(report: FleetNode["report"]): report is ReportHead {
  return report !== undefined && !report.isPartial;
}

function failuresOf(node: FleetNode): ReasonCount[] {
  const counts = new Map<string, number>();
  for (const { state, reason } of node.explainedCells()) {
    if (state !== "failed") continue;
    const code = reasonCode(reason);
    counts.set(code, (counts.get(code) ?? 0) + 1);
  }
  return sortedReasons(counts);
}

function progressOf(node: FleetNode): PullsProgress | undefined {
  if (node.counts.get("pulling") === 0) return undefined;
  let sum: PullsProgress | undefined;
  for (const { state, progress } of node.explainedCells()) {
    if (state !== "pulling" || progress === undefined) continue;
    const { bytes, totalBytes, secondsLeft } = progress;
    sum = withoutUnset({
      bytes: bytes + (sum?.bytes ?? 0),
      totalBytes: totalBytes + (sum?.totalBytes ?? 0),
      secondsLeft: secondsLeft === undefined && sum?.secondsLeft === undefined
        ? undefined
        : Math.max(secondsLeft ?? 0, sum?.secondsLeft ?? 0),
    });
  }
  return sum;
}
