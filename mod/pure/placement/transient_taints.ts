/**
 * Taints that say what a node is short of just now, not which pods it is for. They are ignored: a
 * new node should warm before it is ready, and a full disk is the agent's own rule (it pulls
 * nothing above its mark).
 */
export const TRANSIENT_TAINTS: ReadonlySet<string> = new Set([
  "node.kubernetes.io/not-ready",
  "node.kubernetes.io/unreachable",
  "node.kubernetes.io/network-unavailable",
  "node.kubernetes.io/memory-pressure",
  "node.kubernetes.io/disk-pressure",
  "node.kubernetes.io/pid-pressure",
  "node.cloudprovider.kubernetes.io/uninitialized",
]);
