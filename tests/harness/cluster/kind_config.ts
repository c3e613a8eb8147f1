import type { KubernetesVersion } from "../tools/kubernetes_version.ts";
import { type NodeSpec, taintOf } from "./node_spec.ts";

/** What nodes are made of, in kind's own builds for `KIND`. */
export const KIND_NODE_IMAGES: Readonly<Record<KubernetesVersion, string>> = {
  "1.37":
    "kindest/node:v1.37.0@sha256:a1ed56cfb0e7b93589bdf97c8cd566405a265939e3620fc4f5de89adff580ae5",
  "1.35":
    "kindest/node:v1.35.8@sha256:07b2536e30b803ed61d1677a79df6115f798ce64c80f9e22f6ed45afd09323c0",
};

/**
 * The file that tells kind what to make (JSON is YAML). The control plane is one of the nodes, and
 * pods may run there as well. Throws when a node wants what kind decides itself.
 */
export function kindConfig(nodes: readonly NodeSpec[]): string {
  return JSON.stringify({
    kind: "Cluster",
    apiVersion: "kind.x-k8s.io/v1alpha4",
    nodes: nodes.map(nodeConfig),
  });
}

function nodeConfig({ name, containerd, labels = {}, taints = [] }: NodeSpec, index: number) {
  if (name !== undefined || containerd !== undefined) {
    throw new Error(
      `Cannot start node ${
        name ?? index
      } with kind: it chooses names and containerd itself; use --on local`,
    );
  }
  return {
    role: index === 0 ? "control-plane" : "worker",
    labels,
    kubeadmConfigPatches: [JSON.stringify({
      kind: index === 0 ? "InitConfiguration" : "JoinConfiguration",
      nodeRegistration: { taints: taints.map(taintOf) },
    })],
  };
}
