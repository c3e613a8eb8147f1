import type { NodeChange, NodeGates, TaintedNode } from "../../../mod/ports/node_gates.ts";
import type { WarmCondition } from "../../../mod/pure/node_gate/warm_condition.ts";
import { isGateTaint } from "../../../mod/pure/node_gate/is_gate_taint.ts";
import type { ScriptedSource } from "./scripted_source.ts";

/** One change to a node that was tried. */
export interface TriedChange {
  readonly change: "lift" | "condition";
  readonly node: string;
  readonly uid: string;
  /** Ms since the epoch. */
  readonly at: number;
  /** What the node is told to be, of a condition. */
  readonly condition?: WarmCondition;
}

/** Gates of the nodes of a source; what a change does is seen there at once, unless the test says else. */
export interface ScriptedNodeGates extends NodeGates {
  readonly tried: TriedChange[];
  /** What a change is answered; absent: it is made. */
  answer: ((tried: TriedChange) => NodeChange | Error | Promise<NodeChange>) | undefined;
  /** Whether the source shows what was changed. */
  isSeen: boolean;
  /** Most that were tried at the same time. */
  readonly mostAtOnce: number;
}

/** Makes gates on the nodes of `source`. */
export function scriptedNodeGates(source: ScriptedSource): ScriptedNodeGates {
  const tried: TriedChange[] = [];
  let [running, mostAtOnce] = [0, 0];
  const attempt = async (
    change: TriedChange,
    signal: AbortSignal,
    make: () => void,
  ): Promise<NodeChange> => {
    signal.throwIfAborted();
    tried.push(change);
    mostAtOnce = Math.max(mostAtOnce, ++running);
    try {
      const answer = await script.answer?.(change);
      if (answer instanceof Error) throw answer;
      const result: NodeChange = answer ?? { result: "changed" };
      if (result.result === "changed" && script.isSeen) make();
      return result;
    } finally {
      running--;
    }
  };
  const seenNode = ({ name, uid }: { name: string; uid: string }) => {
    const node = source.nodes.get(name);
    return node?.uid === uid ? node : undefined;
  };
  const script: ScriptedNodeGates = {
    tried,
    answer: undefined,
    isSeen: true,
    get mostAtOnce() {
      return mostAtOnce;
    },
    lift: (node: TaintedNode, gates, { signal }) =>
      attempt(
        { change: "lift", node: node.name, uid: node.uid, at: Date.now() },
        signal,
        () => {
          const seen = seenNode(node);
          if (seen === undefined) return;
          const taints = seen.taints.filter((taint) => !isGateTaint(taint, gates));
          source.put({ ...seen, taints });
        },
      ),
    setCondition: (node, condition, { signal }) =>
      attempt(
        { change: "condition", node: node.name, uid: node.uid, at: Date.now(), condition },
        signal,
        () => {
          const seen = seenNode(node);
          if (seen !== undefined) source.put({ ...seen, warmCondition: condition.status });
        },
      ),
  };
  return script;
}
