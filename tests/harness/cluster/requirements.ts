import { onPath, runCommand } from "../commands.ts";
import type { ContainerdVersion } from "../tools/containerd_lines.ts";
import { type KubernetesVersion, kubernetesVersion } from "../tools/kubernetes_version.ts";
import {
  obtainKubernetes,
  obtainTool,
  type ToolName,
  ToolUnavailableError,
} from "../tools/tools.ts";

/** Something of the machine that a local cluster runs, and the Debian package that has it. */
export interface Requirement {
  /** A name on PATH, or an absolute path. */
  readonly program: string;
  readonly package: string;
}

/** All of them. */
export const REQUIREMENTS: readonly Requirement[] = [
  { program: "bash", package: "bash" },
  { program: "setsid", package: "util-linux" },
  { program: "unshare", package: "util-linux" },
  { program: "nsenter", package: "util-linux" },
  { program: "ip", package: "iproute2" },
  { program: "iptables", package: "iptables" },
  { program: "openssl", package: "openssl" },
  { program: "runc", package: "runc" },
  { program: "/usr/lib/cni/ptp", package: "containernetworking-plugins" },
  { program: "/usr/lib/cni/host-local", package: "containernetworking-plugins" },
];

/**
 * Why no cluster can be started on this machine without Docker, and what to do about it; undefined
 * when one can. Tools that are missing are obtained first, which may take long.
 */
export async function whyNoLocalCluster(
  versions: readonly ContainerdVersion[] = ["1.7", "2.3"],
  kubernetes: KubernetesVersion = kubernetesVersion(),
): Promise<string | undefined> {
  return whyNotThisUser(Deno.build.os, Deno.uid()) ??
    whatIsMissing(await missingHere()) ??
    await whyNoNamespaces() ??
    await whyNoTools(versions, kubernetes);
}

/** What is against this system and user. */
export function whyNotThisUser(os: string, uid: number | null): string | undefined {
  if (os !== "linux") return "a local cluster needs Linux; start Docker and use kind instead";
  if (uid === 0) return undefined;
  return "a local cluster needs root, for network and mount namespaces; run with sudo -E";
}

/** One sentence on all that has to be installed. */
export function whatIsMissing(missing: readonly Requirement[]): string | undefined {
  if (missing.length === 0) return undefined;
  const programs = missing.map(({ program }) => program).join(", ");
  const packages = [...new Set(missing.map((each) => each.package))].join(" ");
  return `a local cluster needs ${programs}; on Debian and Ubuntu: apt-get install ${packages}`;
}

async function missingHere(): Promise<Requirement[]> {
  const there = await Promise.all(REQUIREMENTS.map(async ({ program }) => {
    if (!program.startsWith("/")) return onPath(program) !== undefined;
    return await Deno.stat(program).then(() => true, () => false);
  }));
  return REQUIREMENTS.filter((_, i) => !there[i]);
}

/** Root in a container often may not do what root may. */
async function whyNoNamespaces(): Promise<string | undefined> {
  for (
    const [command, ...args] of [
      ["unshare", "--net", "--mount", "--uts", "--ipc", "--pid", "--fork", "true"],
      ["iptables", "-S", "FORWARD"],
    ] as const
  ) {
    const { code, stderr } = await runCommand(command, args);
    if (code === 0) continue;
    return `"${command}" may not do here what nodes need (${stderr.trim()}); use a virtual machine or a privileged container`;
  }
  return undefined;
}

const PROGRAMS = [
  ...["kube-apiserver", "kube-controller-manager", "kube-scheduler"] as const,
  ...["kubelet", "kube-proxy", "kubectl"] as const,
];

async function whyNoTools(
  versions: readonly ContainerdVersion[],
  kubernetes: KubernetesVersion,
): Promise<string | undefined> {
  const tools: readonly ToolName[] = [
    ...["helm", "etcd", "coredns", "docker-registry", "nats-server-of-chart"] as const,
    ...versions.map((version) => `containerd-${version}` as const),
  ];
  try {
    for (const program of PROGRAMS) await obtainKubernetes(program, kubernetes);
    for (const tool of tools) await obtainTool(tool);
    return undefined;
  } catch (error) {
    if (error instanceof ToolUnavailableError) return error.message;
    throw error;
  }
}
