import { runCommand } from "../commands.ts";
import type { LocalCluster } from "./local_cluster.ts";

/**
 * Lets at most so many megabytes a second through to each of the nodes, whoever sends them; disposing
 * ends that. A node that is replaced meanwhile has a cable that is not held.
 */
export async function slowCables(
  cluster: Pick<LocalCluster, "cable">,
  nodes: readonly string[],
  megabytesPerSecond: number,
): Promise<AsyncDisposable> {
  const cables = await Promise.all(nodes.map((node) => cluster.cable(node)));
  const end = async () => {
    for (const cable of cables) await runCommand("tc", ["qdisc", "del", "dev", cable, "root"]);
  };
  const rate = `${megabytesPerSecond * 8}mbit`;
  for (const cable of cables) {
    const { code, stderr } = await runCommand("tc", [
      ...["qdisc", "replace", "dev", cable, "root"],
      ...["tbf", "rate", rate, "burst", "256kb", "latency", "50ms"],
    ]);
    if (code === 0) continue;
    await end();
    throw new Error(`Cannot slow "${cable}" down: ${stderr.trim()}`);
  }
  return { [Symbol.asyncDispose]: end };
}
