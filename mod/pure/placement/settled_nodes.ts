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
 * resources that they are about to register. A new node has what older ones of its pool have; where
 * there are none, its resources are not known. So a new node is warmed while it is empty, and one
 * without GPUs does not pull what others need them for.
 */
export function settledNodes(
  nodes: readonly ObservedNode[],
  { isStartupTaint, nowWallMs }: Settling,
): ObservedNode[] {
  const isNew = ({ createdMs }: ObservedNode) =>
    createdMs !== undefined && nowWallMs - createdMs < NEW_MS;
  const pools = nodes.some(isNew) ? resourcesByPool(nodes, isNew) : new Map();
  return nodes.map((node) => {
    const isStarting = node.taints.some(({ key }) => isStartupTaint(key));
    if (!isStarting && !isNew(node)) return node;
    const { resources, taints, ...rest } = node;
    return withoutUnset({
      ...rest,
      taints: taints.filter(({ key }) => !isStartupTaint(key)),
      resources: isNew(node) ? grown(node, pools) : resources,
    });
  });
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
