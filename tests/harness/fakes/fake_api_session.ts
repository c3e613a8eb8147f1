import { type KubernetesClient, openKubernetes } from "../../../mod/adapters/kubernetes/client.ts";
import type { KindTarget } from "../../../mod/adapters/kubernetes/kind_target.ts";
import { followKind, type FollowTuning } from "../../../mod/adapters/kubernetes/follow_kind.ts";
import { isObject } from "../../../mod/adapters/kubernetes/watch_event.ts";
import { FakeApiServer } from "./fake_api_server.ts";
import { recordingLogger, recordingMetrics } from "./quiet.ts";

/** The kind that the fake server's tests follow. */
export const DEPLOYMENTS: KindTarget = {
  name: "Deployment",
  kind: "Deployment",
  apiVersion: "apps/v1",
  path: "/apis/apps/v1/deployments",
  resource: "deployments.apps",
  namespaced: true,
};

/** Times so short that a fault is over in a blink. */
export const QUICK: Partial<FollowTuning> = {
  backoff: { baseMs: 10, maxMs: 40 },
  minWatchMs: 0,
  refusedMs: 50,
};

/** A fake API server, a client of it with a token file, and what they need. */
export class FakeApiSession implements AsyncDisposable {
  readonly server = new FakeApiServer();
  readonly logger = recordingLogger();
  readonly metrics = recordingMetrics();
  readonly client: KubernetesClient;
  readonly kubeconfig: string;
  readonly #folder = Deno.makeTempDirSync({ prefix: "warm-images-test-" });
  readonly #stop = new AbortController();
  readonly #running: Promise<void>[] = [];

  constructor() {
    this.kubeconfig = `${this.#folder}/config`;
    this.writeToken("first");
    Deno.writeTextFileSync(this.kubeconfig, kubeconfigOf(this.server.url));
    this.client = openKubernetes({ kubeconfig: this.kubeconfig, logger: this.logger });
  }

  /** Aborts when the session ends. */
  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  /** Replaces the content of the token file; it ends with a line break, as many do. */
  writeToken(token: string): void {
    Deno.writeTextFileSync(`${this.#folder}/token`, `${token}\n`);
  }

  /** Follows Deployments of the fake server until the session ends. */
  follow(tuning: Partial<FollowTuning> = {}): FakeFollower {
    const follower = new FakeFollower();
    this.run(follower.run(this, { ...QUICK, ...tuning }));
    return follower;
  }

  /** Waits for a task when the session ends. */
  run(task: Promise<void>): void {
    this.#running.push(task);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#running);
    this.client[Symbol.dispose]();
    await this.server[Symbol.asyncDispose]();
    await Deno.remove(this.#folder, { recursive: true });
  }
}

/** Keeps what a watch tells, by its rule: what a list does not put is gone at `synced`. */
export class FakeFollower {
  /** Names of the objects known now. */
  readonly names = new Set<string>();
  /** Types of all changes so far; puts and deletes with their object's name. */
  readonly changes: string[] = [];
  /** What the last `down` said; empty when connected. */
  down = "";
  #listed: Set<string> | undefined;

  /** How often a type of change came. */
  count(type: string): number {
    return this.changes.filter((change) => change.split(" ")[0] === type).length;
  }

  async run(session: FakeApiSession, tuning: Partial<FollowTuning>): Promise<void> {
    const { client, logger, metrics, signal } = session;
    for await (
      const change of followKind(client, DEPLOYMENTS, { signal, logger, metrics, tuning })
    ) {
      this.changes.push(change.type + ("object" in change ? ` ${nameOf(change.object)}` : ""));
      switch (change.type) {
        case "reset":
          this.#listed = new Set();
          break;
        case "put":
          this.names.add(nameOf(change.object));
          this.#listed?.add(nameOf(change.object));
          break;
        case "delete":
          this.names.delete(nameOf(change.object));
          break;
        case "synced":
          for (const name of this.names) if (!this.#listed?.has(name)) this.names.delete(name);
          this.#listed = undefined;
          this.down = "";
          break;
        case "down":
          this.down = change.text;
          break;
        case "up":
          this.down = "";
      }
    }
  }
}

/** A Deployment of one container. */
export function deployment(name: string, image = "nginx:1"): {
  metadata: { name: string; namespace: string };
  [field: string]: unknown;
} {
  return {
    kind: "Deployment",
    apiVersion: "apps/v1",
    metadata: { name, namespace: "default" },
    spec: { template: { spec: { containers: [{ name: "main", image }] } } },
  };
}

function nameOf(object: Readonly<Record<string, unknown>>): string {
  const metadata = object["metadata"];
  return isObject(metadata) ? String(metadata["name"]) : "?";
}

function kubeconfigOf(server: string): string {
  return JSON.stringify({
    "current-context": "fake",
    clusters: [{ name: "fake", cluster: { server } }],
    users: [{ name: "fake", user: { tokenFile: "token" } }],
    contexts: [{ name: "fake", context: { cluster: "fake", user: "fake" } }],
  });
}
