import { runCommand } from "../commands.ts";
import { mountsBelow } from "../mounts.ts";
import { runningProcesses } from "../proc.ts";
import { clusterFolder } from "./cluster_folders.ts";
import type { LocalCluster } from "./local_cluster.ts";
import { innerPid } from "./local_node.ts";

/**
 * Marks of a running local cluster, by which what is left of it can be told later. Until they are
 * disposed of, no other cluster gets a process namespace of the same number.
 */
export interface Traces extends Disposable {
  readonly name: string;
  /** Process namespaces of its nodes, such as "pid:[4026531836]". */
  readonly namespaces: readonly string[];
  /** Its network devices on this machine; the numbers are never given to others. */
  readonly devices: ReadonlyMap<string, string>;
}

/** Reads them. */
export async function tracesOf(cluster: LocalCluster): Promise<Traces> {
  const held = new DisposableStack();
  const namespaces: string[] = [];
  const cables: string[] = [];
  for (const node of await cluster.nodes()) {
    const outer = await cluster.daemons.pid(`node-${node}`);
    if (outer !== undefined) {
      const path = `/proc/${await innerPid(outer)}/ns/pid`;
      held.use(await Deno.open(path));
      namespaces.push(await Deno.readLink(path));
    }
    cables.push(await cluster.cable(node));
  }
  const bridges = cables.slice(0, 1).map((cable) => cable.replace(/n\d+$/, ""));
  const devices = new Map<string, string>();
  for (const device of [...bridges, ...cables]) {
    const index = await indexOf(device);
    if (index !== undefined) devices.set(device, index);
  }
  return { name: cluster.name, namespaces, devices, [Symbol.dispose]: () => held.dispose() };
}

/** Processes, mounts, network devices, rules, cgroups and files of the cluster that are still there. */
export async function leftovers({ name, namespaces, devices }: Traces): Promise<string[]> {
  const folder = clusterFolder(name);
  const processes = await processesOf(folder, namespaces);
  const left = [
    ...await mountsBelow(folder),
    ...processes.map(({ pid, commandLine }) => `process ${pid} ${commandLine}`),
  ];
  for (const [device, index] of devices) {
    const now = await indexOf(device);
    if (now === index) left.push(device);
    if (now === undefined || now === index) left.push(...await rulesFor(device));
  }
  left.push(...await cgroupsOf(name));
  if (await Deno.stat(folder).then(() => true, () => false)) left.push(folder);
  return left;
}

/** Processes that name something in the cluster's folder, or are in one of its namespaces. */
export async function processesOf(
  folder: string,
  namespaces: readonly string[] = [],
): Promise<{ pid: number; commandLine: string }[]> {
  const processes = await runningProcesses();
  const found = await Promise.all(processes.map(async ({ pid, commandLine }) => {
    const namespace = await Deno.readLink(`/proc/${pid}/ns/pid`).catch(() => "");
    return commandLine.includes(`${folder}/`) || namespaces.includes(namespace);
  }));
  return processes.filter((_, index) => found[index]);
}

async function rulesFor(device: string): Promise<string[]> {
  const { stdout } = await runCommand("iptables", ["-S", "FORWARD"]);
  return stdout.split("\n").filter((rule) => rule.split(" ").includes(device));
}

async function cgroupsOf(name: string): Promise<string[]> {
  const args = ["/sys/fs/cgroup", "-maxdepth", "2", "-name", `warm-images-${name}-*`];
  const { stdout } = await runCommand("find", args);
  return stdout.split("\n").filter((path) => path !== "");
}

async function indexOf(device: string): Promise<string | undefined> {
  return await Deno.readTextFile(`/sys/class/net/${device}/ifindex`).catch(() => undefined);
}
