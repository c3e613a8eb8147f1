import { cacheFolder } from "../tools/tool_cache.ts";

/** Where the records of clusters are. */
export function clustersFolder(): string {
  return `${cacheFolder()}/clusters`;
}

/** Where all of one cluster is that this machine keeps of it. */
export function clusterFolder(name: string): string {
  return `${clustersFolder()}/${name}`;
}

/** What a name of a cluster may be: it becomes part of file names, cgroups and container names. */
export const CLUSTER_NAME = /^[a-z0-9][a-z0-9-]{0,30}$/;

/** A name that no other cluster has: "test-1a2b3c4d". */
export function newClusterName(prefix: "test" | "e2e"): string {
  return `${prefix}-${crypto.randomUUID().slice(0, 8)}`;
}
