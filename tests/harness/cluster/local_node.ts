import { killProcess, runningProcesses } from "../proc.ts";
import { waitUntil } from "../wait.ts";
import { type ContainerdVersion, obtainContainerdLine } from "../tools/containerd_lines.ts";
import type { KubernetesVersion } from "../tools/kubernetes_version.ts";
import { obtainKubernetes } from "../tools/tools.ts";
import { cacheFolder } from "../tools/tool_cache.ts";
import { makeCgroups } from "./cgroups.ts";
import type { ClusterCommand } from "./cluster.ts";
import type { Daemons } from "./daemons.ts";
import { connectNode } from "./network.ts";
import { nodeFiles, type NodePlan } from "./node_files.ts";

/** How a node is started. */
export interface StartNodeOptions {
  /** Where the node lives: its disk, its files in /etc, its logs. */
  readonly folder: string;
  readonly daemons: Daemons;
  readonly plan: Omit<NodePlan, "generation">;
  readonly containerd: ContainerdVersion;
  readonly kubernetes: KubernetesVersion;
  /** Number of the cluster's network, and of the node in it. */
  readonly network: number;
  readonly index: number;
  /** Files below /etc/kubernetes: authority and kubeconfigs. */
  readonly secrets: Readonly<Record<string, string>>;
}

const INIT = decodeURIComponent(new URL("node_init.sh", import.meta.url).pathname);

/** What a node's processes are called in `Daemons`. */
export function daemonOf(node: string): string {
  return `node-${node}`;
}

/**
 * Starts a node: one process in network, mount, process and host-name namespaces of its own, with
 * containerd, kubelet and kube-proxy below it. When it is killed, all of them end and every mount
 * is gone.
 */
export async function startNode(options: StartNodeOptions): Promise<void> {
  const { folder, daemons, plan, network, index } = options;
  const binaries = await nodeBinaries(options);
  const files = nodeFiles({ ...plan, generation: options.containerd.startsWith("1.") ? 2 : 3 });
  const secrets = Object.entries(options.secrets).map(([name, text]) =>
    [`kubernetes/${name}`, text] as const
  );
  for (const [path, text] of [...Object.entries(files), ...secrets]) {
    const file = `${folder}/etc/${path}`;
    await Deno.mkdir(file.slice(0, file.lastIndexOf("/")), { recursive: true });
    await Deno.writeTextFile(file, text, { mode: 0o600 });
  }
  for (const each of ["var", "log"]) await Deno.mkdir(`${folder}/${each}`, { recursive: true });
  await makeCgroups(plan.cgroup);
  const path = [...binaries, "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"];
  await Deno.writeTextFile(`${folder}/path`, path.join(":"));
  const outer = await daemons.start(daemonOf(plan.name), "unshare", {
    args: [
      ...["--net", "--mount", "--uts", "--ipc", "--pid", "--fork", "--kill-child"],
      ...["bash", INIT, folder, cacheFolder(), path.join(":"), ...kubeletFlags(plan)],
    ],
  });
  await connectNode(network, index, await innerPid(outer));
}

/** Ends the node that lives in this folder; resolves once its last process is gone. */
export async function killNode(daemons: Daemons, node: string, folder: string): Promise<void> {
  await daemons.stop(daemonOf(node), "SIGKILL");
  // Process 1 is killed by the kernel then, and goes after all others; `unshare` may have been gone.
  const command = ` ${INIT} ${folder} `;
  for (const { pid, commandLine } of await runningProcesses()) {
    if (commandLine.includes(command)) await killProcess(pid);
  }
}

/** Flags, as kubelet has no place for these in its configuration file. */
function kubeletFlags({ name, address, labels }: StartNodeOptions["plan"]): string[] {
  const all = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
  return [
    "--config=/etc/kubernetes/kubelet.json",
    "--kubeconfig=/etc/kubernetes/kubelet.kubeconfig",
    "--root-dir=/var/lib/kubelet",
    "--cert-dir=/var/lib/kubelet/pki",
    `--hostname-override=${name}`,
    `--node-ip=${address}`,
    ...(all.length > 0 ? [`--node-labels=${all.join(",")}`] : []),
  ];
}

/** Folders of the programs that a node runs, besides those of the machine. */
async function nodeBinaries(
  { containerd, kubernetes }: Pick<StartNodeOptions, "containerd" | "kubernetes">,
): Promise<string[]> {
  const paths = [
    (await obtainContainerdLine(containerd)).containerd,
    await obtainKubernetes("kubelet", kubernetes),
    await obtainKubernetes("kube-proxy", kubernetes),
  ];
  return paths.map((path) => path.slice(0, path.lastIndexOf("/")));
}

/** Process 1 of the node, as this machine numbers it: the child of `unshare`. */
export async function innerPid(outer: number): Promise<number> {
  const read = async () => {
    const children = await Deno.readTextFile(`/proc/${outer}/task/${outer}/children`);
    return Number(children.trim().split(" ")[0]);
  };
  await waitUntil("the node has a first process", async () => await read() > 0);
  return await read();
}

/** How to run a command on a node. */
export async function nodeCommand(
  daemons: Daemons,
  node: string,
  args: readonly string[],
): Promise<ClusterCommand> {
  const outer = await daemons.pid(daemonOf(node));
  if (outer === undefined) throw new Error(`Cannot reach node "${node}": it does not run`);
  const target = `--target=${await innerPid(outer)}`;
  return { command: "nsenter", args: [target, "--all", "--wd", "--root", ...args], env: {} };
}
