import type { ContainerdVersion } from "../tools/containerd_lines.ts";
import type { KubernetesVersion } from "../tools/kubernetes_version.ts";

/** A node to be started. */
export interface NodeSpec {
  /** Default: "node-0", "node-1" and so on; kind chooses names itself. */
  readonly name?: string;
  /** Default: 1.7; kind brings its own. */
  readonly containerd?: ContainerdVersion;
  /** Of its kubelet and kube-proxy, which may be older than the control plane; not for kind. */
  readonly kubernetes?: KubernetesVersion;
  readonly labels?: Readonly<Record<string, string>>;
  /** "key=value:NoSchedule". */
  readonly taints?: readonly string[];
  /** Fields of kubelet's configuration, in the place of the usual ones; not for kind. */
  readonly kubelet?: Readonly<Record<string, unknown>>;
  /** "HOST:PORT" of registries that speak plain HTTP, beside the cluster's own; not for kind. */
  readonly plainRegistries?: readonly string[];
  /** Size of a disk for containerd's data alone, in memory, such as "4g"; not for kind. */
  readonly imageDisk?: string;
}

/** "key=value:NoSchedule" as an object. */
export function taintOf(text: string): { key: string; value: string; effect: string } {
  const [, key = "", value = "", effect = ""] = /^([^=:]+)(?:=([^:]*))?:(\w+)$/.exec(text) ?? [];
  return { key, value, effect };
}
