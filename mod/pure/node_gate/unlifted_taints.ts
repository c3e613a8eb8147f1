import type { ObservedNode, Taint } from "../objects/observed.ts";
import type { GateTaint } from "./gate_rules.ts";
import { isGateTaint } from "./is_gate_taint.ts";

/** Keys of the taints that nodes have for this program alone. */
export const OWN_TAINTS: readonly string[] = [
  "warm-images/cold",
  // The name by which Cluster Autoscaler knows that it will go
  "startup-taint.cluster-autoscaler.kubernetes.io/warm-images-cold",
];

/** A node that stays shut. */
export interface ShutForGood {
  readonly node: string;
  readonly taint: Taint;
}

/**
 * Nodes with a taint of this program that is none of `gates`: gates are off, or theirs has another
 * value or effect.
 */
export function unliftedTaints(
  nodes: Iterable<ObservedNode>,
  gates: readonly GateTaint[],
): ShutForGood[] {
  const found: ShutForGood[] = [];
  for (const { name, taints } of nodes) {
    const taint = taints.find((each) => OWN_TAINTS.includes(each.key) && !isGateTaint(each, gates));
    if (taint !== undefined) found.push({ node: name, taint });
  }
  return found;
}
