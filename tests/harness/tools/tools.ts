import { onPath } from "../commands.ts";
import { obtainChromium } from "./chromium.ts";
import {
  CONTAINERD_VERSIONS,
  type ContainerdTools,
  type ContainerdVersion,
  obtainContainerdLine,
} from "./containerd_lines.ts";
import { type DebianPackage, obtainPackage } from "./debian_packages.ts";
import { obtainDenort } from "./denort.ts";
import { obtainGoBuild } from "./go_builds.ts";
import {
  COREDNS,
  CTR,
  ETCD,
  HELM,
  KIND,
  kubernetesBuild,
  type KubernetesProgram,
  KWOK,
  NATS_SERVER,
} from "./go_pins.ts";
import { type KubernetesVersion, kubernetesVersion } from "./kubernetes_version.ts";
import { obtainWitness } from "./witnesses.ts";

export { ToolUnavailableError } from "./tool_errors.ts";

/** Programs that the tests and `deno task dev` drive. */
export type ToolName =
  | "nats-server"
  | "nats-server-of-chart"
  | "docker-registry"
  | "prometheus"
  | "promtool"
  | "chromium"
  | `containerd-${ContainerdVersion}`
  | `ctr-${ContainerdVersion}`
  | "ctr-of-image"
  | "etcd"
  | "coredns"
  | "helm"
  | "kind"
  | "kwok"
  | KubernetesProgram
  | "witness-scheduler"
  | "witness-reader"
  | "denort";

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
    case "prometheus":
    case "promtool":
      return onPath(name) ??
        await binaryOf({ name: "prometheus", suite: "bookworm" }, `bin/${name}`);
    case "chromium":
      return (await obtainChromium()).path;
    case "containerd-1.6":
    case "containerd-1.7":
    case "containerd-2.3":
    case "containerd-2.4":
      return (await obtainContainerdLine(lineIn(name))).containerd;
    case "ctr-1.6":
    case "ctr-1.7":
    case "ctr-2.3":
    case "ctr-2.4":
      return (await obtainContainerdLine(lineIn(name))).ctr;
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
    case "kwok":
      return await obtainGoBuild(KWOK);
    case "kube-apiserver":
    case "kube-controller-manager":
    case "kube-proxy":
    case "kube-scheduler":
    case "kubectl":
    case "kubelet":
      return await obtainKubernetes(name);
    case "witness-scheduler":
      return await obtainWitness("scheduler");
    case "witness-reader":
      return await obtainWitness("reader");
    case "denort":
      return await obtainDenort();
  }
}

/** One program of Kubernetes, of the version by which this run tests or of another one. */
export async function obtainKubernetes(
  program: KubernetesProgram,
  version: KubernetesVersion = kubernetesVersion(),
): Promise<string> {
  return await obtainGoBuild(kubernetesBuild(program, version));
}

/** Any containerd will do: the machine's own, else 1.7. Same errors as `obtainTool()`. */
export async function obtainContainerd(): Promise<ContainerdTools> {
  const containerd = onPath("containerd");
  const ctr = onPath("ctr");
  if (containerd !== undefined && ctr !== undefined) return { containerd, ctr };
  return await obtainContainerdLine("1.7");
}

/** The line of containerd in a tool's name. */
function lineIn(name: `${"containerd" | "ctr"}-${ContainerdVersion}`): ContainerdVersion {
  const line = CONTAINERD_VERSIONS.find((version) => name.endsWith(`-${version}`));
  if (line === undefined) throw new RangeError(`"${name}" names no line of containerd`);
  return line;
}

async function binaryOf(wanted: DebianPackage, belowUsr: string): Promise<string> {
  return `${await obtainPackage(wanted)}/usr/${belowUsr}`;
}
