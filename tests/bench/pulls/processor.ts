import { readStat, runningProcesses } from "../../harness/proc.ts";

/**
 * Processor seconds that these processes have used, with all that they have started, whether it has
 * ended or runs. The difference of two readings is what they took in between; what the kernel does for
 * them in threads of its own (writing back, freeing) is in nobody's account.
 */
export async function secondsOfTrees(roots: readonly number[]): Promise<number> {
  const parents = new Map<number, number>();
  for (const { pid } of await runningProcesses()) {
    const stat = await readStat(pid);
    if (stat !== undefined) parents.set(pid, stat.parent);
  }
  const belongs = (pid: number | undefined): boolean =>
    pid !== undefined && (roots.includes(pid) || belongs(parents.get(pid)));
  const members = [...parents.keys()].filter(belongs);
  return (await Promise.all(members.map(secondsOf))).reduce((sum, each) => sum + each, 0);
}

/** Its own seconds and those of children that have ended; Linux counts 100 ticks a second. */
async function secondsOf(pid: number): Promise<number> {
  const text = await Deno.readTextFile(`/proc/${pid}/stat`).catch(() => "");
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const ticks = fields.slice(11, 15).map(Number);
  return ticks.reduce((sum, each) => sum + (each || 0), 0) / 100;
}
