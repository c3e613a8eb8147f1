import { followKind } from "../../../mod/adapters/kubernetes/follow_kind.ts";
import { targetOf } from "../../../mod/adapters/kubernetes/kind_target.ts";
import { recordingLogger, recordingMetrics } from "../fakes/quiet.ts";
import { call } from "../servers/api_objects.ts";
import type { ApiServer } from "../servers/api_server.ts";
import { waitUntil } from "../wait.ts";

/** The taint that all of them bring along. */
export const COLD = { key: "warm-images/cold", effect: "NoSchedule" };

/** A Node object that is about to be made. */
export interface JoiningNode {
  readonly name: string;
  /** Its label `pool`. */
  readonly pool: string;
}

/** What was seen of one that has joined; times by the clock that `performance.now()` reads, in ms. */
export interface JoinedNode {
  readonly uid: string;
  readonly seenMs: number;
  /** Its `creationTimestamp`, which has whole seconds, in ms since the epoch. */
  readonly createdWallMs: number;
  /** When its taint was gone. */
  readonly openedMs?: number;
  readonly openedWallMs?: number;
  /** Keys of the taints that it has now. */
  readonly taints: readonly string[];
}

/** Nodes that join a cluster with the taint, as a watch shows them. */
export class JoiningNodes implements AsyncDisposable {
  readonly #server: ApiServer;
  readonly #nodes = new Map<string, JoinedNode>();
  readonly #stop = new AbortController();
  readonly #watching: Promise<void>;

  /** Begins to watch the nodes of a cluster. */
  constructor(server: ApiServer) {
    this.#server = server;
    this.#watching = this.#watch();
  }

  /** All that were seen, by name. */
  get seen(): ReadonlyMap<string, JoinedNode> {
    return this.#nodes;
  }

  /** Makes these Node objects, evenly over this time. */
  async join(nodes: readonly JoiningNode[], overMs: number): Promise<void> {
    const startedMs = performance.now();
    const made = nodes.map(async (node, index) => {
      const dueMs = startedMs + index * overMs / nodes.length;
      await new Promise((resolve) => setTimeout(resolve, Math.max(dueMs - performance.now(), 0)));
      await call(this.#server.admin, "POST", "/api/v1/nodes", nodeObject(node));
    });
    await Promise.all(made);
  }

  /** Waits until none of them has the taint any more. */
  async untilOpen(nodes: readonly JoiningNode[], timeoutMs: number): Promise<void> {
    const isOpen = ({ name }: JoiningNode) => this.#nodes.get(name)?.openedMs !== undefined;
    await waitUntil("all nodes are open", () => nodes.every(isOpen), { timeoutMs });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#watching;
  }

  /** As a controller does: an API server ends the watch of who is too slow for a burst. */
  async #watch(): Promise<void> {
    const target = targetOf({
      kind: "Node",
      group: "",
      version: "v1",
      plural: "nodes",
      namespaced: false,
    });
    const options = {
      signal: this.#stop.signal,
      logger: recordingLogger(),
      metrics: recordingMetrics(),
    };
    for await (const change of followKind(this.#server.admin, target, options)) {
      if (change.type === "put") this.#take(change.object as unknown as NodeObject);
    }
  }

  #take({ metadata, spec }: NodeObject): void {
    const { name, uid, creationTimestamp } = metadata;
    const taints = (spec.taints ?? []).map(({ key }) => key);
    const known = this.#nodes.get(name) ?? {
      uid,
      seenMs: performance.now(),
      createdWallMs: Date.parse(creationTimestamp),
      taints,
    };
    const opens = known.openedMs === undefined && !taints.includes(COLD.key);
    const now = opens ? { openedMs: performance.now(), openedWallMs: Date.now() } : {};
    this.#nodes.set(name, { ...known, taints, ...now });
  }
}

/** The fields of a Node that are looked at. */
interface NodeObject {
  readonly metadata: {
    readonly name: string;
    readonly uid: string;
    readonly creationTimestamp: string;
  };
  readonly spec: { readonly taints?: readonly { readonly key: string }[] };
}

/** As kubelet registers one: not ready yet, which the API server makes a taint of its own. */
function nodeObject({ name, pool }: JoiningNode) {
  const room = { cpu: "16", memory: "64Gi", pods: "110" };
  const labels = {
    "kubernetes.io/arch": "amd64",
    "kubernetes.io/hostname": name,
    "kubernetes.io/os": "linux",
    "topology.kubernetes.io/zone": "zone-a",
    pool,
  };
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: { name, labels },
    spec: { taints: [COLD] },
    status: {
      allocatable: room,
      capacity: room,
      nodeInfo: { architecture: "amd64", operatingSystem: "linux" },
    },
  };
}
