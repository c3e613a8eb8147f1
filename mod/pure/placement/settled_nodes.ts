import type { GateTaint } from "../node_gate/gate_rules.ts";
import { isGateTaint } from "../node_gate/is_gate_taint.ts";
import type { ObservedNode, Taint } from "../objects/observed.ts";
import { sameItems } from "../same_items.ts";
import { withoutUnset } from "../without_unset.ts";
import { poolOf } from "./node_pool.ts";

/** How long a node is new: device plugins register what it has some time after kubelet has. */
const NEW_MS = 10 * 60_000;

/** By what `settledNodes()` decides. */
export interface Settling {
  /** Tells the taints that go away by themselves, by key. */
  readonly isStartupTaint: (key: string) => boolean;
  /**
   * Taints that are lifted once a node is warm: these go away as well. A node that has one and is
   * cordoned is made ready by somebody, and will take pods when that is done.
   */
  readonly gateTaints?: readonly GateTaint[] | undefined;
  /** The time of day by the clock that `createdMs` of nodes is by. */
  readonly nowWallMs: number;
}

/**
 * Nodes as they were made out before, by what was observed: one that comes out the same is the same
 * object again, so that what follows from it need not be made anew. For one set of startup taints.
 */
export type KnownSettled = WeakMap<ObservedNode, ObservedNode>;

/**
 * The nodes as they will be once they have started: without their startup taints, and with the
 * resources that they are about to register. So a new node is warmed while it is empty, and one
 * without GPUs does not pull what others need them for. A new node has what older ones of its pool
 * have. What the first node of a pool has is not known. A new node of no pool has what it has
 * registered, and the devices of vendors after which it has a label or a taint; that is not known
 * either while no node of the cluster has a device.
 */
export function settledNodes(
  nodes: readonly ObservedNode[],
  { isStartupTaint, gateTaints = [], nowWallMs }: Settling,
  known: KnownSettled = new WeakMap(),
): ObservedNode[] {
  const isGate = (taint: Taint) => isGateTaint(taint, gateTaints);
  const goes = (taint: Taint) => isStartupTaint(taint.key) || isGate(taint);
  const isNew = ({ createdMs }: ObservedNode) =>
    createdMs !== undefined && nowWallMs - createdMs < NEW_MS;
  const anyNew = nodes.some(isNew);
  const pools = anyNew ? resourcesByPool(nodes, isNew) : new Map();
  const devices = new Set(anyNew ? nodes.flatMap(devicesOf) : []);
  return nodes.map((node) => {
    const isStarting = node.taints.some(goes);
    if (!isStarting && !isNew(node)) return node;
    const resources = isNew(node) ? expected(node, pools, devices) : node.resources;
    const before = known.get(node);
    if (before !== undefined && areSame(before.resources, resources)) return before;
    const { resources: _, taints, ...rest } = node;
    const settled = withoutUnset({
      ...rest,
      taints: taints.filter((taint) => !goes(taint)),
      unschedulable: node.unschedulable && !taints.some(isGate),
      resources,
    });
    known.set(node, settled);
    return settled;
  });
}

function areSame(
  one: readonly string[] | undefined,
  other: readonly string[] | undefined,
): boolean {
  return one === other || (one !== undefined && other !== undefined && sameItems(one, other));
}

/** Devices are named by their vendor's domain; huge pages and their like are there from the start. */
function devicesOf({ resources = [] }: ObservedNode): readonly string[] {
  return resources.filter((name) => name.includes("/"));
}

/** The resources that a new node will have; undefined where nothing tells. */
function expected(
  { resources, taints, labels }: ObservedNode,
  pools: Pools,
  devices: ReadonlySet<string>,
): readonly string[] | undefined {
  const pool = poolOf(labels);
  if (pool !== undefined) {
    const ofPool = pools.get(pool);
    return ofPool && [...ofPool.union(new Set(resources))].sort();
  }
  if (devices.size === 0 || resources === undefined) return undefined; // kubelet told nothing yet
  const keys = [...taints.map(({ key }) => key), ...Object.keys(labels)];
  const vendors = new Set(keys.map(vendorOf));
  const named = [...devices].filter((name) => vendors.has(vendorOf(name)));
  return [...new Set([...resources, ...named])].sort();
}

/** The domain of `nvidia.com/gpu`; the whole where it has none. */
function vendorOf(name: string): string {
  return name.split("/", 1)[0] ?? name;
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
