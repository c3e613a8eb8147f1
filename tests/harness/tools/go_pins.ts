import type { KubernetesVersion } from "./kubernetes_version.ts";

/** A program that is built from a Go module, once. */
export interface GoBuild {
  /** Name of the program. */
  readonly name: string;
  /** Its main package. */
  readonly package: string;
  readonly module: string;
  /** With the leading "v". */
  readonly version: string;
  /** What the person who waits is told. */
  readonly about: string;
  /** Main packages of the module whose programs shall lie beside it, under their own names. */
  readonly companions?: readonly string[];
  /** Build tags: mostly what to leave out. */
  readonly tags?: readonly string[];
  /** Main package of our own that is built of the module's packages; `package` is "." then. */
  readonly source?: GoSource;
}

/** Go files of our own. */
export interface GoSource {
  /** Text by file name. */
  readonly files: ReadonlyMap<string, string>;
  /** Of all of them: another one is another program. */
  readonly digest: string;
}

/** Debian bookworm's etcd 3.4 is too old for the API server's WatchList. */
export const ETCD: GoBuild = {
  name: "etcd",
  package: "go.etcd.io/etcd/server/v3",
  module: "go.etcd.io/etcd/server/v3",
  version: "v3.6.8",
  about: "1 minute",
};

/** Programs that are built of Kubernetes itself. */
export type KubernetesProgram =
  | "kube-apiserver"
  | "kube-controller-manager"
  | "kube-proxy"
  | "kube-scheduler"
  | "kubectl"
  | "kubelet";

/** Module of Kubernetes itself. */
export const KUBERNETES = "k8s.io/kubernetes";

/** The patch version of each line. */
const KUBERNETES_PATCHES: Readonly<Record<KubernetesVersion, string>> = {
  "1.37": "v1.37.2",
  "1.35": "v1.35.4",
};

/** One program of Kubernetes; those that are built later find most packages compiled. */
export function kubernetesBuild(name: KubernetesProgram, version: KubernetesVersion): GoBuild {
  return {
    name,
    package: `${KUBERNETES}/cmd/${name}`,
    module: KUBERNETES,
    version: KUBERNETES_PATCHES[version],
    about: name === "kube-apiserver" ? "6 minutes" : "1 minute",
  };
}

/** What resolves names in the harness's cluster. */
export const COREDNS: GoBuild = {
  name: "coredns",
  package: "github.com/coredns/coredns",
  module: "github.com/coredns/coredns",
  version: "v1.14.7",
  about: "3 minutes",
};

/** The one that installs the chart in tests. */
export const HELM: GoBuild = {
  name: "helm",
  package: "helm.sh/helm/v3/cmd/helm",
  module: "helm.sh/helm/v3",
  version: "v3.21.4",
  about: "1 minute",
};

/** What makes a cluster of Docker containers. */
export const KIND: GoBuild = {
  name: "kind",
  package: "sigs.k8s.io/kind",
  module: "sigs.k8s.io/kind",
  version: "v0.33.0",
  about: "10 seconds",
};

/** What plays nodes and pods on an API server. */
export const KWOK: GoBuild = {
  name: "kwok",
  package: "sigs.k8s.io/kwok/cmd/kwok",
  module: "sigs.k8s.io/kwok",
  version: "v0.8.0",
  about: "2 minutes",
};

const CONTAINERD_2 = "github.com/containerd/containerd/v2";

/** containerd's client, at the version that the Dockerfile puts into the agent's image. */
export const CTR: GoBuild = {
  name: "ctr",
  package: `${CONTAINERD_2}/cmd/ctr`,
  module: CONTAINERD_2,
  version: "v2.3.7",
  about: "1 minute",
};

/** Lines of containerd that Debian does not have. */
export type BuiltContainerd = "2.3" | "2.4";

const CONTAINERD_PATCHES: Readonly<Record<BuiltContainerd, string>> = {
  "2.3": CTR.version,
  "2.4": "v2.4.2",
};

/**
 * A daemon with its shim and its `ctr`. Without what no test uses: two snapshotters and tracing
 * (a third, btrfs, is left out by itself, as it needs a C compiler).
 */
export function containerdBuild(line: BuiltContainerd): GoBuild {
  return {
    name: "containerd",
    package: `${CONTAINERD_2}/cmd/containerd`,
    companions: [`${CONTAINERD_2}/cmd/containerd-shim-runc-v2`, `${CONTAINERD_2}/cmd/ctr`],
    module: CONTAINERD_2,
    version: CONTAINERD_PATCHES[line],
    about: "2 minutes",
    tags: ["no_zfs", "no_devmapper", "no_tracing"],
  };
}

/** The server of the image that the chart names by default; Debian's is too old to stand for it. */
export const NATS_SERVER: GoBuild = {
  name: "nats-server",
  package: "github.com/nats-io/nats-server/v2",
  module: "github.com/nats-io/nats-server/v2",
  version: "v2.15.3",
  about: "1 minute",
};
