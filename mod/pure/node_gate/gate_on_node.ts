import type { ObservedNode } from "../objects/observed.ts";
import type { GateRules } from "./gate_rules.ts";
import { isGateTaint } from "./is_gate_taint.ts";

/** What is shut of a node's gate: one of the two at least. */
export interface GateOnNode {
  /** It has a taint that is to be lifted. */
  readonly isTainted: boolean;
  /** It is to get the condition that says that it is warm, and does not have it. */
  readonly lacksCondition: boolean;
}

/** The gate of a node; undefined: it has none, or it is open. */
export function gateOnNode(
  { taints, warmCondition }: Pick<ObservedNode, "taints" | "warmCondition">,
  rules: Pick<GateRules, "taints" | "condition">,
): GateOnNode | undefined {
  const isTainted = taints.some((taint) => isGateTaint(taint, rules.taints));
  const lacksCondition = rules.condition && warmCondition !== "True";
  return isTainted || lacksCondition ? { isTainted, lacksCondition } : undefined;
}

/**
 * Taints that a node has until whoever made it has labelled it: with its zone and kind of machine, say,
 * by which pods select nodes.
 */
const UNLABELLED: ReadonlySet<string> = new Set([
  // Cloud controller managers (`TaintExternalCloudProvider` in k8s.io/cloud-provider/api)
  "node.cloudprovider.kubernetes.io/uninitialized",
  // Karpenter (`UnregisteredTaintKey`)
  "karpenter.sh/unregistered",
  // Cluster API (`NodeUninitializedTaint`)
  "node.cluster.x-k8s.io/uninitialized",
  // Deckhouse (modules/040-node-manager)
  "node.deckhouse.io/uninitialized",
  // Tencent's TKE (`KnownEphemeralTaints` in karpenter-provider-tke)
  "tke.cloud.tencent.com/uninitialized",
]);

/** Whether labels of a node are still to come: which pods it is for is not known before that. */
export function isUnlabelled({ taints }: Pick<ObservedNode, "taints">): boolean {
  return taints.some(({ key }) => UNLABELLED.has(key));
}
