import { killProcess } from "../proc.ts";
import { lock } from "../tools/tool_cache.ts";
import { clusterFolder, clustersFolder } from "./cluster_folders.ts";
import { isOrphaned } from "./cluster_owner.ts";
import { KindCluster } from "./kind_cluster.ts";
import { processesOf } from "./leftovers.ts";
import { LocalCluster } from "./local_cluster.ts";

/**
 * Removes every cluster that should have ended with a process that is gone: whoever killed that gave
 * it no time to tidy up. Resolves to their names. One process does it while others wait.
 */
export async function sweepClusters(): Promise<string[]> {
  const names: string[] = [];
  await Deno.mkdir(clustersFolder(), { recursive: true });
  using _lock = await lock("clusters");
  for await (const { name } of Deno.readDir(clustersFolder())) {
    if (!await isOrphaned(clusterFolder(name))) continue;
    await remove(name);
    names.push(name);
  }
  return names;
}

/** Whatever carries it, and however far its start had come. */
async function remove(name: string): Promise<void> {
  const kind = new KindCluster(name);
  if (await kind.exists()) return await kind.down();
  // What was started in the very instant is noted nowhere yet.
  for (const { pid } of await processesOf(clusterFolder(name))) await killProcess(pid);
  await new LocalCluster(name).down();
}
