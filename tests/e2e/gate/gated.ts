import type { AuditedWrite } from "../../harness/cluster/audit.ts";
import { must } from "../../harness/cluster/cluster.ts";
import { NAMESPACE, RELEASE, type TestCluster } from "../../harness/cluster/test_cluster.ts";
import { COLD, COLD_TOO } from "./nodes.ts";
import { Seen, type SeenLine } from "./seen.ts";

const ACCOUNT = `system:serviceaccount:${NAMESPACE}:${RELEASE}-warm-images-controller`;

/** A cluster with gates, and what is seen of its nodes and pods; disposing ends the watches. */
export class GatedCluster implements AsyncDisposable {
  readonly test: TestCluster;
  readonly #nodes: Seen;
  readonly #pods: Seen;

  private constructor(test: TestCluster, nodes: Seen, pods: Seen) {
    this.test = test;
    this.#nodes = nodes;
    this.#pods = pods;
  }

  /** Begins to watch. */
  static async open(test: TestCluster): Promise<GatedCluster> {
    const watch = async (what: string, path: string) =>
      await Seen.start(
        await test.cluster.command(
          "kubectl",
          "get",
          what,
          "--watch",
          "-o",
          `jsonpath=${path}{"\\n"}`,
        ),
      );
    const ready = '{.status.conditions[?(@.type=="Ready")].status}';
    return new GatedCluster(
      test,
      await watch("nodes", `{.metadata.name} ready=${ready} {.spec.taints[*].key}`),
      await watch("pods", "{.metadata.labels.app} {.status.phase} {.spec.nodeName}"),
    );
  }

  /** When a node was seen ready, from a point of time on. */
  async untilReady(node: string, sinceMs: number): Promise<SeenLine> {
    const isSuch = (line: string) => line.startsWith(`${node} ready=True`);
    return await this.#nodes.first(`${node} is ready`, isSuch, sinceMs);
  }

  /** When a node was seen without any taint of ours after it had one, from a point of time on. */
  async untilOpen(node: string, sinceMs: number): Promise<SeenLine> {
    const isOf = (line: string) => line.startsWith(`${node} `);
    const isShut = (line: string) => isOf(line) && line.split(" ").some(isOurs);
    const shut = await this.#nodes.first(`the gate of ${node} is shut`, isShut, sinceMs);
    const isOpen = (line: string) => isOf(line) && !isShut(line);
    return await this.#nodes.first(`the gate of ${node} opens`, isOpen, shut.atMs);
  }

  /** When a pod of a workload in the namespace "default" was seen running. */
  async untilRunning(app: string, sinceMs: number): Promise<SeenLine> {
    const isSuch = (line: string) => line.startsWith(`${app} Running `);
    return await this.#pods.first(`a pod of ${app} runs`, isSuch, sinceMs);
  }

  /** Keys of the taints that a node has, in order. */
  async taintsOf(node: string): Promise<string[]> {
    const path = "jsonpath={.spec.taints[*].key}";
    const printed = await must(this.test.cluster.kubectl("get", "node", node, "-o", path));
    return printed.split(" ").filter((key) => key !== "").toSorted();
  }

  /** When the object of a node was made, in ms since the epoch, cut to a second. */
  async createdMs(node: string): Promise<number> {
    const path = "jsonpath={.metadata.creationTimestamp}";
    return Date.parse(await must(this.test.cluster.kubectl("get", "node", node, "-o", path)));
  }

  /** What the controller wrote to a node, from a point of time on, with or without success. */
  async writesTo(node: string, sinceMs: number): Promise<AuditedWrite[]> {
    return (await this.#writes(sinceMs)).filter(({ resource, name }) =>
      /^nodes(\/|$)/.test(resource) && name === node
    );
  }

  /** All that the controller wrote but to its Lease. */
  async writesBesideLease(sinceMs: number): Promise<AuditedWrite[]> {
    return (await this.#writes(sinceMs)).filter(({ resource }) => resource !== "leases");
  }

  async #writes(sinceMs: number): Promise<AuditedWrite[]> {
    const writes = await this.test.cluster.auditedWrites();
    return writes.filter(({ user, atMs }) => user === ACCOUNT && atMs >= sinceMs);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#nodes[Symbol.asyncDispose]();
    await this.#pods[Symbol.asyncDispose]();
  }
}

function isOurs(key: string): boolean {
  return key === COLD || key === COLD_TOO;
}
