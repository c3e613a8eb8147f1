import { durationText } from "../duration_text.ts";
import { agentSign } from "./agent_sign.ts";
import type { Fleet } from "./fleet.ts";
import type { FleetNode } from "./fleet_node.ts";

/** A node of which it is not known that it keeps no bytes any more. */
export interface KeepingNode {
  readonly node: string;
  /** `stale`: its agent gives no signs. */
  readonly agent: "fresh" | "stale";
  /** For a person. */
  readonly reason: string;
}

/** Whether agents have given up all bytes. */
export interface RemovalVerdict {
  readonly isDone: boolean;
  /** How many nodes keep none. */
  readonly done: number;
  /** How many nodes there are whose agents may keep some. */
  readonly due: number;
  /** Those that are awaited, at most 100; the ones without signs first. */
  readonly nodes: readonly KeepingNode[];
  /** How many are. */
  readonly awaited: number;
}

const NAMED = 100;

/**
 * Judges by beats whether the order of this id is carried out. A node that never had an agent has
 * nothing, and agents of versions before this one keep no bytes. One that is away is awaited: what it
 * keeps stays on its node, where nobody else sees it.
 */
export function removalVerdict(
  fleet: Pick<Fleet, "nodes">,
  { id, nowMs }: { readonly id: string; readonly nowMs: number },
): RemovalVerdict {
  const able = [...fleet.nodes.values()].filter(({ beat }) => beat?.bytes !== undefined);
  const awaited = able.filter(({ beat }) => beat?.bytes?.gaveUp !== id)
    .map((node) => keepingNode(node, nowMs))
    .sort((one, other) => Number(other.agent === "stale") - Number(one.agent === "stale"));
  return {
    isDone: awaited.length === 0,
    done: able.length - awaited.length,
    due: able.length,
    nodes: awaited.slice(0, NAMED),
    awaited: awaited.length,
  };
}

function keepingNode(node: FleetNode, nowMs: number): KeepingNode {
  const { agent, ageMs = 0 } = agentSign(node, nowMs);
  return agent === "fresh"
    ? { node: node.name, agent, reason: "its agent has not given them up yet" }
    : {
      node: node.name,
      agent: "stale",
      reason: `its agent has been silent for ${durationText(ageMs)}`,
    };
}
