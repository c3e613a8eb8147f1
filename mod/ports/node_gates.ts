import type { GateTaint } from "../pure/node_gate/gate_rules.ts";
import type { WarmCondition } from "../pure/node_gate/warm_condition.ts";
import type { Taint } from "../pure/objects/observed.ts";

/** A Node object of the API server. */
export interface NodeId {
  readonly name: string;
  /** One that was made anew under the same name has another. */
  readonly uid: string;
}

/** A Node as it was seen last. */
export interface TaintedNode extends NodeId {
  /** All that it has, in their order: so that they need not be asked for. */
  readonly taints: readonly Taint[];
}

/** What became of a change to a Node. */
export type NodeChange =
  | { readonly result: "changed" }
  /** It was so already. */
  | { readonly result: "unchanged" }
  /** The Node is gone, or another one has its name. */
  | { readonly result: "gone" }
  /**
   * It may not be changed; `why` says what to grant, or who else forbids it. `lacksRight`: it is a
   * right of this program that is missing, so that no Node may be changed so.
   */
  | { readonly result: "refused"; readonly why: string; readonly lacksRight?: true };

/** Opens the gates of nodes. Both throw what is worth another try. */
export interface NodeGates {
  /**
   * Takes away the taints that are among `gates`, and no other, by one write and no read where the
   * node is as it was seen. By test-and-set: whoever changes the node's taints meanwhile keeps what
   * they did.
   */
  lift(
    node: TaintedNode,
    gates: readonly GateTaint[],
    options: { readonly signal: AbortSignal },
  ): Promise<NodeChange>;
  /** Writes the condition `WarmImagesReady`, and no other field. */
  setCondition(
    node: NodeId,
    condition: WarmCondition,
    options: { readonly signal: AbortSignal },
  ): Promise<NodeChange>;
}
