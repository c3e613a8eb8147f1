import { delay } from "@std/async/delay";
import type { KubernetesClient } from "../../../mod/adapters/kubernetes/client.ts";
import { call } from "../../harness/servers/api_objects.ts";
import type { Measuring } from "./wants.ts";
import { namespaceOf, sleeping } from "../../harness/cluster/workloads.ts";

/** Pods in here count for nothing with us: what they start from is not wanted. */
const NAMESPACE = "bare";

/** How long pods took from their creation, in ms; the last one counts. */
export interface PodStart {
  /** Until kubelet told that it had started the container. */
  readonly started: number;
  /** Until the API server shows them as running, which kubelet looks at once a second. */
  readonly running: number;
}

/** Starts pods on nodes of our choice and measures how long that takes. */
export class TimedPods {
  readonly #client: KubernetesClient;
  #number = 0;

  private constructor(client: KubernetesClient) {
    this.#client = client;
  }

  /** Makes a namespace for them. */
  static async open({ test, client }: Measuring): Promise<TimedPods> {
    await test.apply(namespaceOf(NAMESPACE, { "warm-images/skip": "true" }));
    await test.sh(
      `kubectl wait --for=create serviceaccount/default --namespace ${NAMESPACE} --timeout=60s`,
    );
    return new TimedPods(client);
  }

  /** Creates one pod per node, waits until all run, and deletes them. */
  async start(nodes: readonly string[], image: string): Promise<PodStart> {
    const names = nodes.map((node) => `timed-${this.#number++}-${node}`);
    const began = performance.now();
    await Promise.all(names.map((name, index) =>
      this.#call("POST", "pods", {
        apiVersion: "v1",
        kind: "Pod",
        metadata: { name },
        spec: { ...sleeping(image), nodeName: nodes[index] },
      })
    ));
    const seen = await this.#untilRunning(names, began);
    await Promise.all(names.map((name) => this.#call("DELETE", `pods/${name}`)));
    return seen;
  }

  async #untilRunning(names: readonly string[], began: number): Promise<PodStart> {
    let started: number | undefined;
    for (;;) {
      const [pods, events] = await Promise.all([this.#list("pods"), this.#list("events")]);
      const now = performance.now() - began;
      const startedPods = events.filter(({ reason }) => reason === "Started")
        .map(({ involvedObject }) => involvedObject?.name);
      if (names.every((name) => startedPods.includes(name))) started ??= now;
      const running = pods.filter(({ status }) => status?.phase === "Running")
        .map(({ metadata }) => metadata.name);
      if (names.every((name) => running.includes(name))) {
        return { started: started ?? now, running: now };
      }
      if (now > 120_000) throw new Error(`Waited in vain until ${names.join(" and ")} run`);
      await delay(20);
    }
  }

  async #list(kind: "pods" | "events"): Promise<readonly Listed[]> {
    return ((await this.#call("GET", kind)) as { items: Listed[] }).items;
  }

  #call(method: "GET" | "POST" | "DELETE", what: string, body?: unknown): Promise<unknown> {
    return call(this.#client, method, `/api/v1/namespaces/${NAMESPACE}/${what}`, body);
  }
}

interface Listed {
  readonly metadata: { readonly name: string };
  readonly status?: { readonly phase?: string };
  readonly reason?: string;
  readonly involvedObject?: { readonly name: string };
}
