import { SILENT_MS } from "../bucket/agent_states.ts";
import type { FleetNode } from "./fleet_node.ts";

/** Whether an agent gives signs; `missing`: it has none in the bucket. */
export type AgentState = "fresh" | "stale" | "missing";

/** What is known of the agent of a node. */
export interface AgentSign {
  readonly agent: AgentState;
  /** Age of its last sign (beat or report); absent where there is none. */
  readonly ageMs?: number;
}

/** How a node's agent does at `nowMs`, by the clock that nobody sets of `FleetNode.seenAt`. */
export function agentSign(
  { beat, report, seenAt }: Pick<FleetNode, "beat" | "report" | "seenAt">,
  nowMs: number,
): AgentSign {
  const isThere = beat !== undefined || report !== undefined;
  if (!isThere || seenAt === undefined) return { agent: "missing" };
  const ageMs = Math.max(0, nowMs - seenAt);
  return { agent: ageMs > SILENT_MS ? "stale" : "fresh", ageMs };
}
