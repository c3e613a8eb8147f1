import type { LargeApiServer } from "../harness/fakes/large_api_server.ts";
import type { ClusterSize } from "../harness/fakes/large_cluster.ts";

const TICK_MS = 100;

/**
 * What happens in a large cluster all the time: pods are replaced, of which ReplicaSets and
 * Deployments keep count in their status, and nodes send heartbeats each five minutes.
 */
export class Churn {
  readonly #server: LargeApiServer;
  readonly #size: ClusterSize;
  readonly #podsPerSecond: number;
  #pods = 0;
  #heartbeats = 0;
  /** How many events were told. */
  events = 0;

  constructor(server: LargeApiServer, size: ClusterSize, podsPerSecond: number) {
    this.#server = server;
    this.#size = size;
    this.#podsPerSecond = podsPerSecond;
  }

  /** Goes on for this time. */
  async run(seconds: number): Promise<void> {
    const startedMs = performance.now();
    for (let ms = 0; ms < seconds * 1000; ms = performance.now() - startedMs) {
      while (this.#pods < ms / 1000 * this.#podsPerSecond) this.#replacePod(this.#pods++);
      const heartbeats = ms / 300_000 * this.#size.nodes;
      while (this.#heartbeats < heartbeats) this.#tell("/api/v1/nodes", this.#heartbeats++);
      await new Promise((resolve) => setTimeout(resolve, TICK_MS));
    }
  }

  /** The old one ends and goes; the new one comes, is bound, and runs. */
  #replacePod(pod: number): void {
    const { deployments, revisions, pods } = this.#size;
    const [path, fresh] = ["/api/v1/pods", pods + pod];
    this.#tell(path, pod % pods);
    this.#tell(path, pod % pods, "DELETED");
    this.#tell(path, fresh, "ADDED");
    this.#tell(path, fresh);
    this.#tell(path, fresh);
    this.#tell("/apis/apps/v1/replicasets", pod % (deployments * revisions));
    this.#tell("/apis/apps/v1/deployments", 1 + pod % (deployments - 1));
  }

  #tell(path: string, number: number, type: "ADDED" | "MODIFIED" | "DELETED" = "MODIFIED"): void {
    this.#server.tell({ path, type, number, change: ++this.events });
  }
}
