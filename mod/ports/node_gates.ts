import type { GateTaint } from "../pure/node_gate/gate_rules.ts";
import type { WarmCondition } from "../pure/node_gate/warm_condition.ts";

/** A Node object of the API server. */
export interface NodeId {
  readonly name: string;
  /** One that was made anew under the same name has another. */
  readonly uid: string;
}

/** What became of a change to a Node. */
export type NodeChange =
  | { readonly result: "changed" }
  /** It was so already. */
  | { readonly result: "unchanged" }
  /** The Node is gone, or another one has its name. */
  | { readonly result: "gone" }
  /** It may not be changed; `why` says what to grant. */
  | { readonly result: "refused"; readonly why: string };

/** Opens the gates of nodes. Both throw what is worth another try. */
export interface NodeGates {
  /**
   * Takes away the taints that are among `taints`, and no other. By test-and-set: whoever changes the
   * node's taints meanwhile keeps what they did.
   */
  lift(
    node: NodeId,
    taints: readonly GateTaint[],
    options: { readonly signal: AbortSignal },
  ): Promise<NodeChange>;
  /** Writes the condition `WarmImagesReady`, and no other field. */
  setCondition(
    node: NodeId,
    condition: WarmCondition,
    options: { readonly signal: AbortSignal },
  ): Promise<NodeChange>;
}
