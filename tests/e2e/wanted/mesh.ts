import { must } from "../../harness/cluster/cluster.ts";
import type { TestCluster } from "../../harness/cluster/test_cluster.ts";
import { inNamespace, namespaceOf } from "../../harness/cluster/workloads.ts";
import { busyboxLayer } from "../../harness/images/pod_images.ts";
import { type FaultRegistry, startFaultRegistry } from "../../harness/servers/fault_registry.ts";
import {
  type PodWebhook,
  startPodWebhook,
  type WebhookContainer,
  type WebhookPod,
  type WebhookSpec,
} from "../../harness/servers/pod_webhook.ts";
import { trustPlain } from "../../harness/cluster/plain_registry.ts";
import { DEVICE } from "./pools.ts";

/** Namespace whose pods the mesh changes. */
export const MESH = "mesh";

/**
 * A webhook that changes pods as a service mesh and a registry mirror do: each pod gets an init
 * container, a sidecar and a toleration, and its images come from another registry than its template
 * names. That one has nothing, and tells who asks it nevertheless.
 */
export class Mesh implements AsyncDisposable {
  /** Registry of templates. */
  readonly origin: FaultRegistry;
  readonly #test: TestCluster;
  readonly #registry: string;
  #webhook: PodWebhook | undefined;

  private constructor(test: TestCluster, registry: string, origin: FaultRegistry) {
    this.#test = test;
    this.#registry = registry;
    this.origin = origin;
  }

  /** Starts it for a namespace of its own; `names` are those of the workloads to come. */
  static async start(test: TestCluster, names: readonly string[]): Promise<Mesh> {
    const registry = await test.cluster.registry();
    const [hostname = ""] = registry.split(":");
    const mode = { fault: "status", status: 503 } as const;
    const mesh = new Mesh(
      test,
      registry,
      startFaultRegistry({ upstream: registry, hostname, mode }),
    );
    await mesh.#begin(hostname, names);
    return mesh;
  }

  /** What a template names. */
  written(name: string, tag = "1"): string {
    return `${this.origin.host}/mesh/${name}:${tag}`;
  }

  /** What its pods ask for instead. */
  rewritten(name: string, tag = "1"): string {
    return `${this.#registry}/mesh/${name}:${tag}`;
  }

  /** What pods of the workload get beside it. */
  sidecar(name: string): string {
    return this.rewritten(`${name}-proxy`);
  }

  /** What all pods run first. */
  get first(): string {
    return this.rewritten("first");
  }

  /** Creates objects in the namespace. */
  async apply(...objects: readonly { readonly metadata: object }[]): Promise<void> {
    await this.#test.apply(...objects.map((object) => inNamespace(MESH, object)));
  }

  /** Runs `kubectl` in the namespace; resolves to what it prints. */
  async kubectl(...args: readonly string[]): Promise<string> {
    return await must(this.#test.cluster.kubectl("--namespace", MESH, ...args));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#webhook?.[Symbol.asyncDispose]();
    await this.origin[Symbol.asyncDispose]();
  }

  async #begin(hostname: string, names: readonly string[]): Promise<void> {
    const test = this.#test;
    this.#webhook = await startPodWebhook(hostname, (pod) => this.#changed(pod));
    for (const node of await test.cluster.nodes()) await trustPlain(test, node, this.origin.host);
    const layers = [await busyboxLayer()];
    const push = (name: string, tag: string) => test.push(`mesh/${name}`, 0, { tag, layers });
    await push("first", "1");
    for (const name of names) {
      for (const tag of ["1", "2"]) await push(name, tag);
      await push(`${name}-proxy`, "1");
    }
    const { metadata, ...space } = namespaceOf(MESH);
    await test.apply({ ...space, metadata: { ...metadata, labels: { mesh: "on" } } });
    await test.apply(this.#webhook.configuration("mesh", { mesh: "on" }));
  }

  #changed({ metadata, spec }: WebhookPod): WebhookSpec {
    const rewrite = (containers: readonly WebhookContainer[] = []) =>
      containers.map((container) => ({
        ...container,
        image: container.image.replace(`${this.origin.host}/`, `${this.#registry}/`),
      }));
    const sidecar = this.sidecar(metadata.labels?.["app"] ?? "");
    const runs = (...command: string[]) => ["/bin/busybox", ...command];
    const first = { name: "mesh-first", image: this.first, command: runs("true") };
    const proxy = { name: "mesh-proxy", image: sidecar, command: runs("sleep", "infinity") };
    const toleration = { key: DEVICE, operator: "Exists", effect: "NoSchedule" };
    return {
      ...spec,
      initContainers: [...rewrite(spec.initContainers), first],
      containers: [...rewrite(spec.containers), proxy],
      tolerations: [...spec.tolerations ?? [], toleration],
    };
  }
}
