import { globMatcher } from "../glob.ts";

/**
 * Globs of keys of taints that nodes have only while they start: whoever put them there, or a
 * program made for that, takes them away. A node is empty by then, and best warmed. Nodes that leave
 * have taints as well (`ToBeDeletedByClusterAutoscaler`, `karpenter.sh/disrupted`): none of these.
 */
export const STARTUP_TAINTS: readonly string[] = [
  // Our own, which this controller lifts (`--gate`); others' names for it are below
  "warm-images/cold",
  // Network and volume drivers of a node agree on this name: Cilium
  // (https://docs.cilium.io/en/stable/installation/taints/), ebs., efs., s3. and fsx.csi.aws.com
  // (https://github.com/kubernetes-sigs/aws-ebs-csi-driver/blob/master/docs/install.md), disk. and
  // azurelustre.csi.azure.com (`removeNotReadyTaint`), s3.csi.scality.com
  "*/agent-not-ready",
  // Istio's untaint controller (pilot/pkg/controllers/untaint)
  "cni.istio.io/not-ready",
  // Cluster Autoscaler (`StartupTaintPrefix` and `IgnoreTaintPrefix` in utils/taints)
  "startup-taint.cluster-autoscaler.kubernetes.io/*",
  "ignore-taint.cluster-autoscaler.kubernetes.io/*",
  // Karpenter (`KnownEphemeralTaints` in pkg/scheduling)
  "karpenter.sh/unregistered",
  // Node Readiness Controller (https://github.com/kubernetes-sigs/node-readiness-controller)
  "readiness.k8s.io/*",
  // Cluster API (`NodeUninitializedTaint`)
  "node.cluster.x-k8s.io/uninitialized",
  // Gardener (`TaintNodeCriticalComponentsNotReady`), which runs on several clouds
  "node.gardener.cloud/critical-components-not-ready",
  // Deckhouse (modules/040-node-manager)
  "node.deckhouse.io/uninitialized",
  "node.deckhouse.io/csi-not-bootstrapped",
  // Tencent's TKE (`KnownEphemeralTaints` in karpenter-provider-tke)
  "tke.cloud.tencent.com/uninitialized",
  "tke.cloud.tencent.com/eni-ip-unavailable",
  "tke.cloud.tencent.com/direct-eni-ip-unavailable",
];

/** Nodes share their keys; so many that differ are remembered at once. */
const MAX_KEYS = 10_000;

/** Tells startup taints by their keys; `more` are the globs of further ones. */
export function startupTaintMatcher(more: readonly string[]): (key: string) => boolean {
  const matches = globMatcher([...STARTUP_TAINTS, ...more]);
  const known = new Map<string, boolean>();
  return (key) => {
    let isMatch = known.get(key);
    if (isMatch === undefined) {
      isMatch = matches(key);
      if (known.size >= MAX_KEYS) known.clear();
      known.set(key, isMatch);
    }
    return isMatch;
  };
}
