import type { ObservedNode } from "../objects/observed.ts";
import { withoutUnset } from "../without_unset.ts";
import { poolOf } from "./node_pool.ts";

/** How long a node is new: device plugins register what it has some time after kubelet has. */
const NEW_MS = 10 * 60_000;

/** By what `settledNodes()` decides. */
export interface Settling {
  /** Tells the taints that go away by themselves, by key. */
  readonly isStartupTaint: (key: string) => boolean;
  readonly nowWallMs: number;
}

/**
 * The nodes as they will be once they have started: without their startup taints, and with the
 * resources that they are about to register. A new node has what older ones of its pool have. Where
 * there are none, its resources are not known for as long as no node of the cluster has registered a
 * device; else it has what it has registered, and the devices that its taints are named after: to wait
 * a minute for others costs less than to pull onto each new node what only those with GPUs need. So a new node is warmed while it is empty, and one
 * without GPUs does not pull what others need them for.
 */
export function settledNodes(
  nodes: readonly ObservedNode[],
  { isStartupTaint, nowWallMs }: Settling,
): ObservedNode[] {
  const isNew = ({ createdMs }: ObservedNode) =>
    createdMs !== undefined && nowWallMs - createdMs < NEW_MS;
  const pools = nodes.some(isNew) ? resourcesByPool(nodes, isNew) : new Map();
  const devices = new Set(nodes.flatMap(devicesOf));
  return nodes.map((node) => {
    const isStarting = node.taints.some(({ key }) => isStartupTaint(key));
    if (!isStarting && !isNew(node)) return node;
    const { resources, taints, ...rest } = node;
    return withoutUnset({
      ...rest,
      taints: taints.filter(({ key }) => !isStartupTaint(key)),
      resources: isNew(node) ? grown(node, pools) ?? expected(node, devices) : resources,
    });
  });
}

/** Devices are named by their vendor's domain; huge pages and their like are there from the start. */
function devicesOf({ resources = [] }: ObservedNode): readonly string[] {
  return resources.filter((name) => name.includes("/"));
}

/** Undefined where no node of the cluster has devices yet, or kubelet has told nothing of this one. */
function expected(
  { resources, taints }: ObservedNode,
  devices: ReadonlySet<string>,
): readonly string[] | undefined {
  if (devices.size === 0 || resources === undefined) return undefined;
  const tainted = taints.map(({ key }) => key).filter((key) => devices.has(key));
  return [...new Set([...resources, ...tainted])].sort();
}

type Pools = ReadonlyMap<string, ReadonlySet<string>>;

/** What any node of each pool has that is not new. */
function resourcesByPool(
  nodes: readonly ObservedNode[],
  isNew: (node: ObservedNode) => boolean,
): Pools {
  const pools = new Map<string, Set<string>>();
  for (const node of nodes) {
    const pool = node.resources === undefined || isNew(node) ? undefined : poolOf(node.labels);
    if (pool === undefined) continue;
    const known = pools.get(pool) ?? new Set();
    pools.set(pool, known);
    for (const name of node.resources ?? []) known.add(name);
  }
  return pools;
}

/** Undefined where no older node of its kind tells what it will have. */
function grown(
  { labels, resources = [] }: ObservedNode,
  pools: Pools,
): readonly string[] | undefined {
  const ofPool = pools.get(poolOf(labels) ?? "");
  return ofPool && [...ofPool.union(new Set(resources))].sort();
}
