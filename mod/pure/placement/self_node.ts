import type { ObservedNode } from "../objects/observed.ts";

/** Kubernetes' words (GOARCH) for the architectures Deno runs on. */
const ARCHITECTURES: Readonly<Record<string, string>> = { "x86_64": "amd64", aarch64: "arm64" };

/**
 * What an agent knows of its node without an API server: its name, architecture and OS, with the
 * labels that kubelet sets by itself from them, the old ones too (`initialNode` and
 * `updateDefaultLabels` in pkg/kubelet/kubelet_node_status.go of Kubernetes 1.37).
 */
export function selfNode(
  name: string,
  build: { readonly arch: string; readonly os: string },
): ObservedNode {
  const architecture = ARCHITECTURES[build.arch] ?? build.arch;
  return {
    name,
    uid: "",
    labels: {
      "beta.kubernetes.io/arch": architecture,
      "beta.kubernetes.io/os": build.os,
      "kubernetes.io/arch": architecture,
      "kubernetes.io/hostname": name,
      "kubernetes.io/os": build.os,
    },
    taints: [],
    architecture,
    os: build.os,
    unschedulable: false,
    skip: false,
  };
}
