import { must } from "../../harness/cluster/cluster.ts";
import { waitUntil } from "../../harness/wait.ts";
import type { TestCluster } from "../../harness/cluster/test_cluster.ts";

/** The chart's default. */
const HEALTH_PORT = 14617;

/** Our agents, asked at their health ports: that disturbs a measurement less than `ctr` does. */
export class Agents {
  readonly #test: TestCluster;
  readonly #addresses = new Map<string, string>();

  constructor(test: TestCluster) {
    this.#test = test;
  }

  /** Waits until an agent is ready; resolves to when it was, as `performance.now()` counts. */
  async untilReady(node: string): Promise<number> {
    await waitUntil(`the agent of ${node} is ready`, async () => {
      const url = await this.#url(node, "/readyz").catch(() => undefined);
      if (url === undefined) return false;
      const response = await fetch(url, { signal: AbortSignal.timeout(2000) }).catch(() => {});
      await response?.body?.cancel();
      return response?.ok === true;
    }, { timeoutMs: 120_000, everyMs: 20 });
    return performance.now();
  }

  /** How many images are wanted on a node, and how many of these are there. */
  async counts(node: string): Promise<{ wanted: number; warm: number }> {
    const text = await (await fetch(await this.#url(node, "/metrics"))).text();
    const read = (name: string) => Number(new RegExp(`^${name} (\\d+)$`, "m").exec(text)?.[1]);
    return { wanted: read("warm_images_node_wanted"), warm: read("warm_images_node_warm") };
  }

  /** Waits until so many images are wanted on each of the nodes, and all of them are there. */
  async untilWarm(nodes: readonly string[], wanted: number): Promise<void> {
    await Promise.all(
      nodes.map((node) =>
        waitUntil(`${wanted} images are warm on ${node}`, async () => {
          const counts = await this.counts(node);
          return counts.wanted === wanted && counts.warm === wanted;
        }, { timeoutMs: 180_000, everyMs: 100 })
      ),
    );
  }

  /** Waits until nothing is being pulled; resolves to how many images are wanted on each node. */
  async settled(nodes: readonly string[]): Promise<number> {
    let wanted = NaN;
    await waitUntil("all that is wanted is warm on all nodes, and the same", async () => {
      const all = await Promise.all(nodes.map((node) => this.counts(node)));
      wanted = all[0]?.wanted ?? NaN;
      return wanted > 0 && all.every((each) => each.warm === wanted && each.wanted === wanted);
    }, { timeoutMs: 120_000 });
    return wanted;
  }

  async #url(node: string, path: string): Promise<string> {
    const known = this.#addresses.get(node);
    if (known !== undefined) return `http://${known}:${HEALTH_PORT}${path}`;
    const wanted = '{.status.addresses[?(@.type=="InternalIP")].address}';
    const get = ["get", "node", node, "-o", `jsonpath=${wanted}`];
    const address = await must(this.#test.cluster.kubectl(...get));
    if (address === "") throw new Error(`Cannot ask the agent of ${node}: it has no address yet`);
    this.#addresses.set(node, address);
    return await this.#url(node, path);
  }
}
