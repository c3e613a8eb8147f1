import type { WantedValues } from "../bucket/wanted_values.ts";
import { compareTexts } from "../compare_texts.ts";
import type { Placement } from "../objects/observed.ts";
import { mayRun } from "../placement/eligibility.ts";
import { selfNode } from "../placement/self_node.ts";
import { withoutUnset } from "../without_unset.ts";
import { agentSign, type AgentState } from "./agent_sign.ts";
import type { Fleet } from "./fleet.ts";
import type { FleetNode } from "./fleet_node.ts";
import type { Cell } from "./report_cells.ts";

/** How an image stands on a node, as JSON has it; times are ISO. */
export interface Standing extends Omit<Cell, "sinceMs" | "usedAtMs"> {
  /** `missing`: it should be there, and the node's report does not name it (yet). */
  readonly state: string;
  /** Since when it is in this state; absent where it is missing. */
  readonly since?: string;
  /** When a container first needed it. */
  readonly usedAt?: string;
  /** Where nodes are listed: how the agent does whose word it is. */
  readonly agent?: AgentState;
  /** Age of its last sign; absent where there is none. */
  readonly agentAgeMs?: number;
}

/** What a node reports of its images, and those that it should have and does not report; worst first. */
export function imagesOfNode(
  node: FleetNode,
  wanted: WantedValues,
): (Standing & { readonly image: string })[] {
  const images = [...node.cells()].map(([image, cell]) => ({ image, ...standingOf(cell) }));
  const reported = new Set(images.map(({ image }) => image));
  const due = node.facts === undefined ? [] : [...wanted.on(node.facts).keys()];
  const missing = due.filter((image) => !reported.has(image))
    .map((image) => ({ image, state: MISSING }));
  return [...images, ...missing].sort((one, other) =>
    rankOf(one) - rankOf(other) || compareTexts(one.image, other.image)
  );
}

/** The nodes that report an image, and those that should have it and do not report it; worst first. */
export function nodesOfImage(
  reference: string,
  { fleet, wanted, nowMs }: {
    readonly fleet: Fleet;
    readonly wanted: WantedValues;
    readonly nowMs: number;
  },
): (Standing & { readonly node: string })[] {
  const placements = wanted.placementsOf(reference);
  const nodes = [...fleet.nodes.values()];
  const anyFacts = nodes.some(({ facts }) => facts !== undefined);
  return nodes.flatMap((node) => {
    const cell = node.cell(reference);
    if (cell === undefined && !mayHave(node, placements, anyFacts)) return [];
    const { agent, ageMs: agentAgeMs } = agentSign(node, nowMs);
    const standing = cell === undefined ? { state: MISSING } : standingOf(cell);
    return [withoutUnset({ node: node.name, ...standing, agent, agentAgeMs })];
  }).sort((one, other) => rankOf(one) - rankOf(other) || compareTexts(one.node, other.node));
}

/**
 * Whether a node may run pods with one of these placements. Where no Node objects are known, agents
 * judge for themselves: of a node only its name is known then. An agent without a Node object, where
 * others have one, has no node.
 */
export function mayHave(
  { name, facts }: Pick<FleetNode, "name" | "facts">,
  placements: readonly Placement[],
  anyFacts: boolean,
): boolean {
  if (facts === undefined && anyFacts) return false;
  const node = facts ?? selfNode(name, { arch: "", os: "linux" });
  return placements.some((placement) => mayRun(placement, node));
}

/** The state of what a report does not name, though it should. */
const MISSING = "missing";

function standingOf({ sinceMs, usedAtMs, ...cell }: Cell): Standing {
  return withoutUnset({ ...cell, since: isoTime(sinceMs), usedAt: isoTime(usedAtMs) });
}

function isoTime(ms: number | undefined): string | undefined {
  return ms === undefined || Number.isNaN(ms) ? undefined : new Date(ms).toISOString();
}

/** Those of later versions come after what is known not to be there. */
const WORST_FIRST = ["failed", "missing", "waiting", "pulling", "", "skipped", "warm"];

function rankOf({ state }: Standing): number {
  const rank = WORST_FIRST.indexOf(state);
  return rank < 0 ? WORST_FIRST.indexOf("") : rank;
}
