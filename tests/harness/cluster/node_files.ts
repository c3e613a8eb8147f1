import { taintOf } from "./node_spec.ts";

/** What a node's programs are told. */
export interface NodePlan {
  readonly name: string;
  /** Its address on the cluster's bridge. */
  readonly address: string;
  readonly podCidr: string;
  /** Of the whole cluster. */
  readonly clusterCidr: string;
  readonly nameServer: string;
  /** "10.100.0.1:5001": the registry that stands in for all others. */
  readonly registry: string;
  readonly pauseImage: string;
  /** Configuration files of containerd 2 are of version 3. */
  readonly generation: 2 | 3;
  /** Below the root of each cgroup hierarchy. */
  readonly cgroup: string;
  /** Labels and taints that the node joins with. */
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly string[];
  /** Fields of kubelet's configuration, in the place of the usual ones. */
  readonly kubelet: Readonly<Record<string, unknown>>;
  /** See `NodeSpec`. */
  readonly plainRegistries: readonly string[];
  readonly imageDisk: string | undefined;
}

/** Registries whose images the harness's own registry has, under the same names. */
export const MIRRORED = ["docker.io", "ghcr.io", "registry.k8s.io"] as const;

/** The node's own files, by path below /etc. */
export function nodeFiles(plan: NodePlan): Record<string, string> {
  return {
    "hostname": `${plan.name}\n`,
    ...(plan.imageDisk !== undefined && { "image-disk": plan.imageDisk }),
    "containerd/config.toml": containerdConfig(plan),
    "cni/net.d/10-ptp.conflist": cniConfig(plan),
    "kubernetes/kubelet.json": kubeletConfig(plan),
    "kubernetes/proxy.json": proxyConfig(plan),
    ...Object.fromEntries([plan.registry, ...MIRRORED].map((name) => [
      `containerd/certs.d/${name}/hosts.toml`,
      hostsToml(plan.registry),
    ])),
    ...Object.fromEntries(plan.plainRegistries.map((host) => [
      `containerd/certs.d/${host}/hosts.toml`,
      hostsToml(host),
    ])),
  };
}

/** A file with only a `server` is not read by containerd 1.x. */
function hostsToml(registry: string): string {
  return `server = "http://${registry}"
[host."http://${registry}"]
capabilities = ["pull", "resolve"]
`;
}

function containerdConfig({ generation, pauseImage }: NodePlan): string {
  return `version = ${generation}
disabled_plugins = ["io.containerd.nri.v1.nri"]
${generation === 2 ? criOf1x(pauseImage) : criOf2x(pauseImage)}
`;
}

/** `restrict_oom_score_adj`: a machine without CAP_SYS_RESOURCE could start no pod otherwise. */
function criOf1x(pauseImage: string): string {
  return `[plugins."io.containerd.grpc.v1.cri"]
restrict_oom_score_adj = true
sandbox_image = "${pauseImage}"
[plugins."io.containerd.grpc.v1.cri".cni]
bin_dir = "/usr/lib/cni"
[plugins."io.containerd.grpc.v1.cri".registry]
config_path = "/etc/containerd/certs.d"`;
}

function criOf2x(pauseImage: string): string {
  return `[plugins."io.containerd.cri.v1.images".pinned_images]
sandbox = "${pauseImage}"
[plugins."io.containerd.cri.v1.images".registry]
config_path = "/etc/containerd/certs.d"
[plugins."io.containerd.cri.v1.runtime"]
restrict_oom_score_adj = true
[plugins."io.containerd.cri.v1.runtime".cni]
bin_dirs = ["/usr/lib/cni"]
conf_dir = "/etc/cni/net.d"`;
}

/**
 * Each pod has a cable to the node and no bridge: over a bridge, what a Service sends back to a pod
 * on the same node would pass by the node's address translation.
 */
function cniConfig({ podCidr }: NodePlan): string {
  return JSON.stringify({
    cniVersion: "0.4.0",
    name: "pods",
    plugins: [{
      type: "ptp",
      ipMasq: false,
      ipam: {
        type: "host-local",
        ranges: [[{ subnet: podCidr }]],
        routes: [{ dst: "0.0.0.0/0" }],
      },
    }],
  });
}

function kubeletConfig(plan: NodePlan): string {
  return JSON.stringify({
    apiVersion: "kubelet.config.k8s.io/v1beta1",
    kind: "KubeletConfiguration",
    address: plan.address,
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: "/etc/kubernetes/ca.crt" },
    },
    authorization: { mode: "Webhook" },
    containerRuntimeEndpoint: "unix:///run/containerd/containerd.sock",
    cgroupDriver: "cgroupfs",
    cgroupRoot: plan.cgroup,
    failCgroupV1: false,
    failSwapOn: false,
    enforceNodeAllocatable: [],
    clusterDNS: [plan.nameServer],
    clusterDomain: "cluster.local",
    // A disk that is nearly full with other things shall not evict pods of a test.
    evictionHard: {
      "imagefs.available": "1%",
      "nodefs.available": "1%",
      "memory.available": "50Mi",
    },
    imageGCHighThresholdPercent: 100,
    registerWithTaints: plan.taints.map(taintOf),
    nodeStatusUpdateFrequency: "5s",
    ...plan.kubelet,
  });
}

function proxyConfig({ name, clusterCidr }: NodePlan): string {
  return JSON.stringify({
    apiVersion: "kubeproxy.config.k8s.io/v1alpha1",
    kind: "KubeProxyConfiguration",
    mode: "iptables",
    hostnameOverride: name,
    clusterCIDR: clusterCidr,
    clientConnection: { kubeconfig: "/etc/kubernetes/proxy.kubeconfig" },
    // The limit belongs to the machine, not to the node.
    conntrack: { maxPerCore: 0 },
  });
}
