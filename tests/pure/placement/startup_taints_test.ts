import { assertEquals } from "@std/assert";
import { startupTaintMatcher } from "../../../mod/pure/placement/startup_taints.ts";

Deno.test("taints that a node has only while it starts are told by their keys", () => {
  const isStartupTaint = startupTaintMatcher([]);
  const keys = [
    "node.cilium.io/agent-not-ready",
    "ebs.csi.aws.com/agent-not-ready",
    "efs.csi.aws.com/agent-not-ready",
    "disk.csi.azure.com/agent-not-ready",
    "cni.istio.io/not-ready",
    "karpenter.sh/unregistered",
    "startup-taint.cluster-autoscaler.kubernetes.io/disk-unconfigured",
    "ignore-taint.cluster-autoscaler.kubernetes.io/warm",
    "readiness.k8s.io/NetworkReady",
    "node.cluster.x-k8s.io/uninitialized",
    "node.gardener.cloud/critical-components-not-ready",
  ];
  for (const key of keys) assertEquals(isStartupTaint(key), true, key);
});

Deno.test("taints that say whom a node is for, or that it leaves, are none of them", () => {
  const isStartupTaint = startupTaintMatcher([]);
  const keys = [
    "dedicated",
    "nvidia.com/gpu",
    "kubernetes.azure.com/scalesetpriority",
    "node-role.kubernetes.io/control-plane",
    "status-taint.cluster-autoscaler.kubernetes.io/full",
    "ToBeDeletedByClusterAutoscaler",
    "karpenter.sh/disrupted",
    "karpenter.sh/unregistered-not",
    "node.kubernetes.io/out-of-service",
    "agent-not-ready",
  ];
  for (const key of keys) assertEquals(isStartupTaint(key), false, key);
});

Deno.test("further ones are given as keys and globs", () => {
  const isStartupTaint = startupTaintMatcher(["example.com/*", "plain"]);
  assertEquals(isStartupTaint("example.com/swap-off"), true);
  assertEquals(isStartupTaint("plain"), true);
  assertEquals(isStartupTaint("plainer"), false);
  assertEquals(isStartupTaint("exampleXcom/swap-off"), false);
});
