import { type NodeSpec, taintOf } from "../../harness/cluster/node_spec.ts";

/** A taint that the gate lifts by default. */
export const COLD = "warm-images/cold";
/** The other one, which Cluster Autoscaler knows for a startup taint. */
export const COLD_TOO = "startup-taint.cluster-autoscaler.kubernetes.io/warm-images-cold";
/** One of somebody else's, which the pods here tolerate. */
export const OTHER = "example.com/other";

/** A node that is there from the start, with all pods of the chart. */
export const OLD = "node-0";
/** Where pods run that belong there. */
export const IN_OLD = { nodeSelector: { "kubernetes.io/hostname": OLD } };

/** The node that joins again and again, and its pool. */
export const LATE = "late";
/** How it is started, but for its taints. */
export const LATE_SPEC: NodeSpec = { containerd: "2.4", labels: { pool: LATE } };
/** Where pods run that belong there. */
export const IN_LATE = {
  nodeSelector: { pool: LATE },
  tolerations: [{ key: OTHER, operator: "Exists" }],
};

/** "key=true:NoSchedule" of each. */
export function noSchedule(...keys: readonly string[]): string[] {
  return keys.map((key) => `${key}=true:NoSchedule`);
}

/** The object of a cold node in that pool without anything behind it, where no agent runs. */
export function withoutMachine(name: string, ...moreTaints: readonly string[]) {
  const labels = {
    pool: LATE,
    "kubernetes.io/os": "linux",
    "kubernetes.io/arch": "amd64",
    "type": "virtual-kubelet", // the chart keeps agents off
  };
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: { name, labels },
    spec: { taints: noSchedule(COLD, ...moreTaints).map(taintOf) },
  };
}
