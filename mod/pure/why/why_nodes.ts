import { compareTexts } from "../compare_texts.ts";
import { agentSign, type AgentState } from "../fleet/agent_sign.ts";
import type { FleetNode } from "../fleet/fleet_node.ts";
import { standingsOn } from "../fleet/gate_row.ts";
import type { Cell } from "../fleet/report_cells.ts";
import type { Moment } from "../moment.ts";
import { dueStanding } from "../node_gate/due_standing.ts";
import type { Placement } from "../objects/observed.ts";
import { whyOnNone } from "../placement/why_not.ts";
import { leftOutOf, type NodesLeftOut } from "../wants/plan.ts";
import { withoutUnset } from "../without_unset.ts";

/** How an image stands on one node. */
export interface WhyNode extends Omit<Cell, "state" | "sinceMs" | "usedAtMs"> {
  readonly node: string;
  /** Absent where the facts of the node are not known: its agent alone judges then. */
  readonly mayRun?: boolean;
  /** The first rule that says no; finishes "not on NODE: …". */
  readonly whyNot?: string;
  /** As its agent reports it; absent where it reports nothing of the image. */
  readonly state?: string;
  /** ISO time since which it is in this state, where that is told. */
  readonly since?: string;
  /** ISO time at which a container first needed it, where that is known. */
  readonly usedAt?: string;
  readonly agent: AgentState;
  /** Age of the agent's last sign. */
  readonly agentAgeMs?: number;
  /** Where the node is kept from pods, and this image is due there and not warm. */
  readonly gate?: WhyGate;
  /** How many images found no room in the node's report: this one may be among them. */
  readonly omitted?: number;
}

/** What an image that is not warm means to the pods that a node is kept from. */
export interface WhyGate {
  /** ISO time at which the node takes pods whatever is missing. */
  readonly until: string;
  /** Whether they wait for this image; false: it will not come soon. */
  readonly isAwaited: boolean;
}

/** What is judged of nodes. */
export interface NodesOf {
  readonly nodes: readonly FleetNode[];
  /** Where pods that want it may run; undefined: nothing stands in the bucket of it. */
  readonly placements: readonly Placement[] | undefined;
  readonly now: Moment;
}

/** The nodes that may run an image or report it, the worst first, and why the others may not. */
export function nodesOfImage(
  reference: string,
  { nodes, placements, now }: NodesOf,
): { readonly nodes: readonly WhyNode[]; readonly notOn: readonly NodesLeftOut[] } {
  const anyFacts = nodes.some(({ facts }) => facts !== undefined);
  const told: WhyNode[] = [];
  const leftOut = new Map<string, string[]>();
  for (const node of nodes.toSorted((left, right) => compareTexts(left.name, right.name))) {
    // Where Node objects are known, one that has none is gone, or its agent has another name.
    const isGone = anyFacts && node.facts === undefined && placements !== undefined;
    const why: WhyNode = {
      ...nodeOfImage(reference, node, { placements, now }),
      ...(isGone && { mayRun: false, whyNot: NO_NODE }),
    };
    if (why.mayRun || why.state !== undefined) told.push(why);
    if (why.mayRun || placements === undefined) continue;
    const whyNot = why.whyNot ?? (why.state === undefined ? UNTOLD : undefined);
    if (whyNot === undefined) continue;
    const names = leftOut.get(whyNot) ?? [];
    leftOut.set(whyNot, names);
    names.push(node.name);
  }
  return { nodes: told.sort(worstFirst), notOn: leftOutOf(leftOut) };
}

const NO_NODE = "there is no such Node object";
/** Of a node that no Node object tells of. */
export const UNTOLD = "its agent, which alone knows the node, does not report it";

/** How an image stands on one node. */
export function nodeOfImage(
  reference: string,
  node: FleetNode,
  { placements, now }: Omit<NodesOf, "nodes">,
): WhyNode {
  const { facts, report } = node;
  const { sinceMs, usedAtMs, ...cell } = node.cell(reference) ?? {};
  const whyNot = facts && placements && whyOnNone(placements, facts);
  const { agent, ageMs } = agentSign(node, now.monotonicMs);
  return withoutUnset({
    node: node.name,
    mayRun: facts && placements && whyNot === undefined,
    whyNot,
    ...cell,
    since: isoTime(sinceMs),
    usedAt: isoTime(usedAtMs),
    agent,
    agentAgeMs: ageMs && Math.round(ageMs),
    omitted: report?.omitted,
    gate: gateOf(reference, node),
  });
}

function gateOf(reference: string, node: FleetNode): WhyGate | undefined {
  const gate = node.facts?.gate;
  if (gate === undefined || !gate.due.includes(reference)) return undefined;
  const { warm, awaited } = dueStanding([reference], standingsOn(node));
  return warm > 0 ? undefined : { until: gate.until, isAwaited: awaited.length > 0 };
}

function isoTime(ms: number | undefined): string | undefined {
  return ms === undefined || Number.isNaN(ms) ? undefined : new Date(ms).toISOString();
}

const WORST = ["failed", "", "waiting", "pulling", "skipped", "warm"];

function worstFirst(left: WhyNode, right: WhyNode): number {
  return rankOf(left) - rankOf(right) || compareTexts(left.node, right.node);
}

function rankOf({ state = "" }: WhyNode): number {
  const rank = WORST.indexOf(state);
  return rank < 0 ? 1 : rank;
}
