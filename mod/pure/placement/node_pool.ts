/** Labels by which clouds and autoscalers name the pool that a node was made for. */
const POOL_LABELS: readonly string[] = [
  "cloud.google.com/gke-nodepool",
  "eks.amazonaws.com/nodegroup",
  "alpha.eksctl.io/nodegroup-name",
  "kubernetes.azure.com/agentpool",
  "karpenter.sh/nodepool",
  "karpenter.sh/provisioner-name",
  "doks.digitalocean.com/node-pool",
  "lke.linode.com/pool-id",
  "k8s.scaleway.com/pool-name",
  "worker.gardener.cloud/pool",
  "kops.k8s.io/instancegroup",
  "node.deckhouse.io/group",
];

const INSTANCE_TYPE = "node.kubernetes.io/instance-type";

/**
 * What nodes that are made alike have in common: their pool, and the type of machine, as one pool
 * may have several. Undefined for a node that has neither label.
 */
export function poolOf(labels: Readonly<Record<string, string>>): string | undefined {
  const named = [INSTANCE_TYPE, ...POOL_LABELS].filter((key) => Object.hasOwn(labels, key));
  return named.length === 0 ? undefined : JSON.stringify(named.map((key) => [key, labels[key]]));
}
