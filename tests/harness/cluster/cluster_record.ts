import type { KubernetesVersion } from "../tools/kubernetes_version.ts";

/** What lies on disk of a running cluster, for other commands. */
export interface ClusterRecord {
  /** Of its network. */
  readonly number: number;
  readonly kubernetes: KubernetesVersion;
  readonly pauseImage: string;
  readonly nodes: readonly string[];
}

/** Throws when no cluster was started in the folder. */
export async function readRecord(folder: string): Promise<ClusterRecord> {
  return JSON.parse(await Deno.readTextFile(recordFile(folder)));
}

/** Whether a cluster was started in the folder. */
export async function hasRecord(folder: string): Promise<boolean> {
  return await Deno.stat(recordFile(folder)).then(() => true, () => false);
}

/** Replaces what lies there. */
export async function writeRecord(folder: string, record: ClusterRecord): Promise<void> {
  await Deno.writeTextFile(recordFile(folder), JSON.stringify(record));
}

function recordFile(folder: string): string {
  return `${folder}/cluster.json`;
}
