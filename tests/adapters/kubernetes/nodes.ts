import type { ApiRequest, KubernetesClient } from "../../../mod/adapters/kubernetes/client.ts";
import type { ObservedNode } from "../../../mod/pure/objects/observed.ts";
import { observeNode } from "../../../mod/pure/objects/observe_node.ts";
import { call } from "../../harness/servers/api_objects.ts";
import { never } from "../../harness/signals.ts";

const NODES = "/api/v1/nodes";

/** A Node as the API server has it, as far as these tests look at it. */
export interface StoredNode {
  readonly metadata: Readonly<Record<string, unknown>> & { readonly uid: string };
  readonly spec: {
    readonly taints?: readonly Readonly<Record<string, string>>[];
    readonly [field: string]: unknown;
  };
  readonly status: {
    readonly conditions?: readonly StoredCondition[];
    readonly [field: string]: unknown;
  };
}

/** A condition of a Node. */
export type StoredCondition = Readonly<Record<string, string>>;

/** The administrator's view of Nodes. */
export class Nodes {
  readonly #admin: KubernetesClient;

  constructor(admin: KubernetesClient) {
    this.#admin = admin;
  }

  /** Makes a Node; returns it as the controller sees it. */
  async create(
    name: string,
    taints: readonly Readonly<Record<string, string>>[] = [],
    spec: Readonly<Record<string, unknown>> = {},
  ): Promise<ObservedNode> {
    const labels = { "kubernetes.io/os": "linux" };
    return seen(
      await call(this.#admin, "POST", NODES, {
        apiVersion: "v1",
        kind: "Node",
        metadata: { name, labels },
        spec: { ...spec, taints },
      }),
    );
  }

  /** A Node as it is now. */
  async read(name: string): Promise<StoredNode> {
    return await call(this.#admin, "GET", `${NODES}/${name}`) as StoredNode;
  }

  /** The same as the controller sees it. */
  async see(name: string): Promise<ObservedNode> {
    return seen(await this.read(name));
  }

  /** Its taints now. */
  async taintsOf(name: string): Promise<readonly Readonly<Record<string, string>>[]> {
    return (await this.read(name)).spec.taints ?? [];
  }

  /** Changes a Node by a merge patch: lists as a whole; `manager` is who says so. */
  async change(name: string, patch: unknown, manager = "test"): Promise<void> {
    await call(this.#admin, "PATCH", `${NODES}/${name}?fieldManager=${manager}`, patch);
  }

  /** Writes conditions as kubelet does: by a patch that names and orders its own alone. */
  async beat(name: string, conditions: readonly StoredCondition[]): Promise<void> {
    const order = conditions.map(({ type }) => ({ type }));
    await this.#admin.request(`${NODES}/${name}/status`, {
      method: "PATCH",
      patch: "strategic-merge",
      body: { status: { conditions, "$setElementOrder/conditions": order } },
      signal: never(),
    });
  }

  /** Deletes a Node. */
  async delete(name: string): Promise<void> {
    await call(this.#admin, "DELETE", `${NODES}/${name}`);
  }
}

/** A client that notes what is asked of the API server. */
export class WatchedCalls {
  readonly #client: KubernetesClient;
  #made: string[] = [];

  constructor(client: KubernetesClient) {
    this.#client = client;
  }

  /** Calls since the last look, each as `GET /path`. */
  take(): string[] {
    const made = this.#made;
    this.#made = [];
    return made;
  }

  request(path: string, options: ApiRequest): Promise<unknown> {
    this.#made.push(`${options.method ?? "GET"} ${path.replace(/\?.*/, "")}`);
    return this.#client.request(path, options);
  }
}

function seen(raw: unknown): ObservedNode {
  const record = observeNode(raw as Readonly<Record<string, unknown>>);
  if (record.type !== "node") throw new Error("It is no node");
  return record.node;
}
