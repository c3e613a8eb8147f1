import { onPath } from "../commands.ts";
import { type DebianPackage, obtainPackage } from "./debian_packages.ts";
import { obtainDenort } from "./denort.ts";
import {
  COREDNS,
  CTR,
  ETCD,
  HELM,
  KIND,
  kubernetesBuild,
  type KubernetesProgram,
  NATS_SERVER,
  obtainGoBuild,
} from "./go_builds.ts";

export { ToolUnavailableError } from "./tool_errors.ts";

/** Programs that the tests and `deno task dev` drive. */
export type ToolName =
  | "nats-server"
  | "nats-server-of-chart"
  | "docker-registry"
  | "promtool"
  | "containerd-1.6"
  | "containerd-1.7"
  | "containerd-2"
  | "ctr-1.6"
  | "ctr-1.7"
  | "ctr-2"
  | "ctr-of-image"
  | "etcd"
  | "coredns"
  | "helm"
  | "kind"
  | KubernetesProgram
  | "denort";

/** A containerd with the `ctr` of the same version; absolute paths. */
export interface ContainerdTools {
  readonly containerd: string;
  readonly ctr: string;
}

/**
 * Resolves to the absolute path of a tool. What is missing is fetched or built once into the cache,
 * with progress on standard error. Throws `ToolUnavailableError`, which says what to do.
 */
export async function obtainTool(name: ToolName): Promise<string> {
  switch (name) {
    case "nats-server":
      return onPath(name) ?? await binaryOf({ name, suite: "bookworm" }, `sbin/${name}`);
    case "nats-server-of-chart":
      return await obtainGoBuild(NATS_SERVER);
    case "docker-registry":
      return onPath(name) ?? await binaryOf({ name, suite: "bookworm" }, `bin/${name}`);
    case "promtool":
      return onPath(name) ??
        await binaryOf({ name: "prometheus", suite: "bookworm" }, `bin/${name}`);
    case "containerd-1.6":
    case "containerd-1.7":
    case "containerd-2":
      return await binaryOf(CONTAINERD[name], "bin/containerd");
    case "ctr-1.6":
    case "ctr-1.7":
    case "ctr-2":
      return await binaryOf(CONTAINERD[name.replace("ctr", "containerd") as Containerd], "bin/ctr");
    case "ctr-of-image":
      return await obtainGoBuild(CTR);
    case "etcd":
      return await obtainGoBuild(ETCD);
    case "coredns":
      return await obtainGoBuild(COREDNS);
    case "helm":
      return await obtainGoBuild(HELM);
    case "kind":
      return await obtainGoBuild(KIND);
    case "kube-apiserver":
    case "kube-controller-manager":
    case "kube-proxy":
    case "kube-scheduler":
    case "kubectl":
    case "kubelet":
      return await obtainGoBuild(kubernetesBuild(name));
    case "denort":
      return await obtainDenort();
  }
}

/** Any containerd will do: the machine's own, else 1.7. Same errors as `obtainTool()`. */
export async function obtainContainerd(): Promise<ContainerdTools> {
  const containerd = onPath("containerd");
  const ctr = onPath("ctr");
  if (containerd !== undefined && ctr !== undefined) return { containerd, ctr };
  return {
    containerd: await obtainTool("containerd-1.7"),
    ctr: await obtainTool("ctr-1.7"),
  };
}

type Containerd = "containerd-1.6" | "containerd-1.7" | "containerd-2";

/** Debian's releases carry one line of containerd each; their binaries run on bookworm's libc. */
export const CONTAINERD: Readonly<Record<Containerd, DebianPackage>> = {
  "containerd-1.6": { name: "containerd", suite: "bookworm" },
  "containerd-1.7": { name: "containerd", suite: "trixie" },
  "containerd-2": { name: "containerd", suite: "sid" },
};

async function binaryOf(wanted: DebianPackage, belowUsr: string): Promise<string> {
  return `${await obtainPackage(wanted)}/usr/${belowUsr}`;
}
