// Who needs images, as each line of containerd tells it.
import { assertEquals } from "@std/assert";
import {
  type BroughtImage,
  ImageUses,
  type UseOutcome,
  type WantedImage,
} from "../../../mod/pure/uses/image_uses.ts";
import { pushImage } from "../../harness/images/images.ts";
import { type CriClient, openCriClient } from "../../harness/servers/cri_client.ts";
import { realTest } from "../../harness/servers/skipping.ts";
import { waitUntil } from "../../harness/wait.ts";
import { type ContainerdHarness, containerdPairs, startContainerdHarness } from "./harness.ts";

for (const pair of await containerdPairs()) {
  if (pair.ctr === "ctr-of-image" && pair.version !== "2.3") continue;
  realTest(`uses of images on ${pair.name} are those that there were`, pair.reason, async () => {
    await using harness = await startContainerdHarness(pair);
    using kubelet = openCriClient(harness.containerd.address);
    await using node = await UsedNode.follow(harness, kubelet);
    await assertUses(node);
  });
}

async function assertUses(node: UsedNode): Promise<void> {
  const warm = await node.push("warm", 1);
  await node.warms(warm);
  await node.container(warm);
  await node.container(warm);
  assertEquals(await node.since(), [`first_use ${node.tagOf(warm)}`]);

  const cold = await node.push("cold", 1);
  node.wanted.set(cold, { state: "waiting" });
  await node.kubelet.pull(cold);
  await node.container(cold);
  assertEquals(await node.since(), ["miss cold:1 late"]);

  const always = await node.push("always", 1);
  await node.warms(always);
  node.later(10_000);
  await node.kubelet.pull(always);
  await node.container(always);
  assertEquals(await node.since(), ["first_use always:1"], "it asks the registry each time");

  // Under another tag it is the same image.
  const other = await node.tags(always, "2");
  node.wanted.set(other, { state: "waiting" });
  await node.kubelet.pull(other);
  await node.container(other);
  assertEquals(await node.since(), [], "another tag of a used image");

  const moving = await node.push("moving", 1);
  await node.warms(moving);
  await node.push("moving", 1, "moved");
  await node.kubelet.pull(moving);
  await node.container(moving);
  assertEquals(await node.since(), ["never_used moving:1", "miss moving:1"]);

  const vain = await node.push("vain", 1);
  await node.warms(vain);
  await node.removes(vain);
  assertEquals(await node.since(), ["never_used vain:1"]);
  assertEquals(node.uses.report()?.firstUses, 2);
  assertEquals(node.uses.unusedBytes(), 0);
}

/** A node whose uses are followed. */
class UsedNode implements AsyncDisposable {
  readonly wanted = new Map<string, WantedImage>();
  readonly uses = new ImageUses((reference) => this.wanted.get(reference));
  readonly #outcomes: UseOutcome[] = [];
  readonly #seen = new Set<string>();
  #laterMs = 0;
  readonly #stop = new AbortController();
  #following: Promise<void> = Promise.resolve();

  private constructor(readonly harness: ContainerdHarness, readonly kubelet: CriClient) {}

  static async follow(harness: ContainerdHarness, kubelet: CriClient): Promise<UsedNode> {
    const node = new UsedNode(harness, kubelet);
    node.#following = node.#follow();
    await waitUntil("its events are followed", () => node.uses.report() !== undefined);
    return node;
  }

  /** Lets so much time pass at once. */
  later(ms: number): void {
    this.#laterMs += ms;
  }

  #now() {
    return { wallMs: Date.now(), monotonicMs: performance.now() + this.#laterMs };
  }

  /** Pushes an image; those of one name have the same content unless told otherwise. */
  async push(name: string, tag: number, content = name): Promise<string> {
    const layers = [{ name: content, bytes: 50_000 }];
    const image = { repository: `used/${name}`, tag: `${tag}`, layers };
    return (await pushImage(this.harness.registry, image)).reference;
  }

  /** Gives an image in the registry a second tag. */
  async tags(reference: string, tag: string): Promise<string> {
    const [, host = "", repository = "", before = ""] = /^([^/]+)\/(.*):(.*)$/.exec(reference) ??
      [];
    const manifests = `http://${host}/v2/${repository}/manifests`;
    const type = "application/vnd.oci.image.manifest.v1+json";
    const found = await fetch(`${manifests}/${before}`, { headers: { accept: type } });
    const put = await fetch(`${manifests}/${tag}`, {
      method: "PUT",
      headers: { "content-type": type },
      body: await found.bytes(),
    });
    await put.body?.cancel();
    assertEquals(put.status, 201);
    return `${host}/${repository}:${tag}`;
  }

  /** As the agent does. */
  async warms(reference: string): Promise<void> {
    this.wanted.set(reference, { state: "pulling" });
    const outcome = await this.harness.runtime.pull(reference, { signal: this.#stop.signal });
    assertEquals(outcome.result, "pulled", JSON.stringify(outcome));
    const brought: BroughtImage = outcome.result === "pulled" ? outcome : {};
    this.wanted.set(reference, { ...brought, state: "warm" });
    this.#outcomes.push(...this.uses.pulled(reference, { ...brought, seconds: 1 }, this.#now()));
    await waitUntil("the CRI has labelled it", () => this.#isLabelled(reference));
  }

  /** A pull of kubelet's is told from the CRI's label once that is there: it comes by itself, later. */
  async #isLabelled(reference: string): Promise<boolean> {
    const listed = await this.harness.containerd.ctr("images", "ls", `name==${reference}`);
    return listed.stdout.includes("io.cri-containerd.image=managed");
  }

  async container(reference: string): Promise<void> {
    const id = `c-${crypto.randomUUID()}`;
    const { code, stderr } = await this.harness.containerd.ctr(
      "containers",
      "create",
      reference,
      id,
    );
    assertEquals(code, 0, stderr);
  }

  async removes(reference: string): Promise<void> {
    await this.kubelet.remove(reference);
  }

  /** What has come of it since the last time, once all events so far have come. */
  async since(): Promise<string[]> {
    const marker = `registry.example/marker:${this.#seen.size}`;
    const [some = ""] = this.wanted.keys();
    await this.harness.containerd.ctr("images", "tag", some, marker);
    await waitUntil("all events have come", () => this.#seen.has(marker));
    return this.#outcomes.splice(0).map((outcome) => {
      const late = outcome.result === "miss" && outcome.late ? " late" : "";
      return `${outcome.result} ${this.tagOf(outcome.reference)}${late}`;
    });
  }

  tagOf(reference: string): string {
    return reference.split("/").at(-1) ?? "";
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#following;
  }

  async #follow(): Promise<void> {
    const { runtime } = this.harness;
    for await (const event of runtime.events({ signal: this.#stop.signal })) {
      this.#outcomes.push(...this.uses.take(event, this.#now()));
      if (event.type === "named") this.#seen.add(event.reference);
    }
  }
}
