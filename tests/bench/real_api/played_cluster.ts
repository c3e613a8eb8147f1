import type { ClusterSize } from "../../harness/fakes/large_cluster.ts";
import { call } from "../../harness/servers/api_objects.ts";
import { type ApiServer, startApiServer } from "../../harness/servers/api_server.ts";
import { never } from "../../harness/signals.ts";
import { waitUntil } from "../../harness/wait.ts";
import { startPlayers } from "./players.ts";
import { type Owner, RealObjects } from "./real_objects.ts";

const WRITERS = 16;
/** Of pods that do not run yet: looking is work for the API server as well. */
const MOST_COUNTED = 500;

/** The fields of a list that are asked for. */
interface PodList {
  readonly metadata: { readonly resourceVersion: string; readonly remainingItemCount?: number };
  /** null when there are none. */
  readonly items: readonly PodName[] | null;
}

/** Where a pod is found. */
export interface PodName {
  readonly metadata: { readonly name: string; readonly namespace: string };
}

/**
 * A real control plane whose nodes and pods are played by kwok: Deployments are rolled out by
 * kube-controller-manager, kube-scheduler binds their pods, and kwok has them run and end.
 */
export class PlayedCluster implements AsyncDisposable {
  readonly api: ApiServer;
  readonly #size: ClusterSize;
  readonly #parts = new AsyncDisposableStack();

  private constructor(api: ApiServer, size: ClusterSize) {
    this.api = this.#parts.use(api);
    this.#size = size;
  }

  /** Starts an API server that holds nothing yet. */
  static async start(size: ClusterSize): Promise<PlayedCluster> {
    const args = [
      // kube-controller-manager's part that takes the taint away again does not run.
      "--disable-admission-plugins=TaintNodesByCondition",
    ];
    return new PlayedCluster(await startApiServer({ args }), size);
  }

  /** Starts the other parts and creates all objects but pods. */
  async fill(): Promise<void> {
    const { namespaces, nodes, deployments, revisions } = this.#size;
    const objects = new RealObjects(this.#size);
    this.#parts.use(await startPlayers(this.api));
    await times(0, namespaces, (n) => this.#create("/api/v1/namespaces", objects.namespace(n)));
    await times(0, nodes, (n) => this.#create("/api/v1/nodes", objects.node(n)));
    const owners: Owner[] = [];
    await times(0, deployments, async (n) => {
      const name = `app-${n}`;
      owners[n] = {
        name,
        uid: await this.#create(this.#apps(n, "deployments"), objects.deployment(n)),
      };
    });
    // Revisions before this one are made here: each is a rollout that nobody needs to wait for.
    await times(deployments, deployments * revisions, async (n) => {
      const owner = owners[n % deployments];
      if (owner === undefined) throw new Error(`Deployment ${n % deployments} was not created`);
      await this.#create(this.#apps(n, "replicasets"), objects.replicaSet(n, owner));
    });
  }

  /** Scales all Deployments up and waits until there are as many pods as wanted and all run. */
  async runPods(): Promise<void> {
    const { deployments, pods } = this.#size;
    const options = { method: "PATCH", body: { spec: { replicas: pods / deployments } } } as const;
    await times(0, deployments, async (n) => {
      const path = `${this.#apps(n, "deployments")}/app-${n}/scale`;
      await this.api.admin.request(path, { ...options, signal: never() });
    });
    await waitUntil("all pods run", async () => await this.unsettled() === 0, {
      timeoutMs: 900_000,
      everyMs: 2000,
    });
  }

  /** How many pods do not run yet, or are too many or too few; only the first ones are counted. */
  async unsettled(): Promise<number> {
    const pending = await this.#pods(`fieldSelector=status.phase%3DPending&limit=${MOST_COUNTED}`);
    const { count } = await this.now();
    return Math.max(pending.items?.length ?? 0, Math.abs(count - this.#size.pods));
  }

  /** How many pods there are, and how many writes the API server has seen so far. */
  async now(): Promise<{ count: number; writes: number }> {
    const { metadata, items } = await this.#pods("limit=1");
    const count = (items?.length ?? 0) + (metadata.remainingItemCount ?? 0);
    return { count, writes: Number(metadata.resourceVersion) };
  }

  /** All pods. */
  async pods(): Promise<readonly PodName[]> {
    return (await this.#pods("resourceVersion=0")).items ?? [];
  }

  /** Deletes a pod, which its ReplicaSet replaces. */
  async deletePod({ metadata: { namespace, name } }: PodName): Promise<void> {
    await call(this.api.admin, "DELETE", `/api/v1/namespaces/${namespace}/pods/${name}`);
  }

  /** Creates a Deployment without pods, whose image nobody else has. */
  async addDeployment(): Promise<void> {
    const object = new RealObjects(this.#size).deployment(0);
    const json = JSON.stringify(object).replaceAll("1.4.2", "2.0.0").replaceAll("app-0", "app-new");
    await this.#create(this.#apps(0, "deployments"), JSON.parse(json));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#parts.disposeAsync();
  }

  /** Returns the object's UID. */
  async #create(path: string, object: unknown): Promise<string> {
    const made = await call(this.api.admin, "POST", path, object);
    return (made as { metadata: { uid: string } }).metadata.uid;
  }

  #apps(number: number, kind: "deployments" | "replicasets"): string {
    const { deployments, namespaces } = this.#size;
    const namespace = `team-${number % deployments % namespaces}`;
    return `/apis/apps/v1/namespaces/${namespace}/${kind}`;
  }

  async #pods(query: string): Promise<PodList> {
    const accept = "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io";
    const options = { signal: never(), accept, timeoutMs: 120_000 };
    return await this.api.admin.request(`/api/v1/pods?${query}`, options) as PodList;
  }
}

/** Does it for each number, several at once. */
async function times(
  from: number,
  to: number,
  work: (number: number) => Promise<unknown>,
): Promise<void> {
  let next = from;
  const worker = async () => {
    while (next < to) await work(next++);
  };
  await Promise.all(Array.from({ length: WRITERS }, worker));
}
