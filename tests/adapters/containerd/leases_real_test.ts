import { assert, assertEquals } from "@std/assert";
import type { CtrRuntime } from "../../../mod/adapters/containerd/ctr_runtime.ts";
import type { ImageRuntime } from "../../../mod/ports/image_runtime.ts";
import { assertFailed } from "../../harness/asserts.ts";
import { generatedLayer } from "../../harness/servers/stored_blob.ts";
import { storedImage } from "../../harness/servers/stored_image.ts";
import type { TestContainerd } from "../../harness/servers/containerd.ts";
import { openCriClient } from "../../harness/servers/cri_client.ts";
import {
  type ScriptedRegistry,
  startScriptedRegistry,
} from "../../harness/servers/scripted_registry.ts";
import { realTest } from "../../harness/servers/skipping.ts";
import { never } from "../../harness/signals.ts";
import { waitUntil, within } from "../../harness/wait.ts";
import { type ContainerdPair, pairsOfEachLine, startContainerdHarness } from "./harness.ts";
import {
  arrivedBytes,
  BRAKED_BYTES,
  BRAKED_SPEED,
  leaseFilesIn,
  openNextAgent,
  sentBytes,
} from "./left_pulls.ts";

for (const pair of await pairsOfEachLine()) {
  realTest(
    `${pair.name}: what an ended pull has left is known, gone on from, and then gone`,
    pair.reason,
    async () => {
      await using parts = await startParts(pair);
      const { containerd, image, folder } = parts;
      assertEquals(await endPull(parts), { result: "cancelled" });
      const [lease = "none"] = await leasesOf(containerd);
      assertEquals([...await parts.runtime.leftovers()], [image]);
      assertEquals(await Deno.readTextFile(`${folder}/leases/${lease}`), image);
      const { mode } = await Deno.stat(`${folder}/leases/${lease}`);
      assertEquals((mode ?? 0) & 0o777, 0o600);

      using beside = await parts.nextAgent();
      assertEquals((await beside.leftovers()).size, 0, "of an agent that lives");
      parts.runtime[Symbol.dispose]();
      using next = await parts.nextAgent();
      assertEquals([...await next.leftovers()], [image]);
      const arrived = await arrivedBytes(containerd);
      parts.registry.bytesPerSecond = undefined;
      parts.registry.forgetRequests();
      const outcome = await within(next.pull(image, { signal: never() }));
      assertEquals(outcome.result, "pulled", JSON.stringify(outcome));
      const sent = sentBytes(parts.registry);
      assert(
        sent < BRAKED_BYTES - arrived + 100_000,
        `${sent} bytes were fetched, ${arrived} were there`,
      );
      await assertNothingLeft(parts, next);
    },
  );

  realTest(`${pair.name}: what an ended pull has left can be given up`, pair.reason, async () => {
    await using parts = await startParts(pair);
    await endPull(parts);
    parts.runtime[Symbol.dispose]();
    using next = await parts.nextAgent();
    await next.discard(`${parts.image}1`, { signal: never() });
    assertEquals((await leasesOf(parts.containerd)).length, 1, "of another image");
    await next.discard(parts.image, { signal: never() });
    await assertNothingLeft(parts, next);
  });

  realTest(
    `${pair.name}: what is left of an image that kubelet has pulled goes with the next check`,
    pair.reason,
    async () => {
      await using parts = await startParts(pair);
      const { runtime, containerd, image } = parts;
      await endPull(parts);
      const check = () => runtime.check([image], { signal: never() });
      assertEquals((await check()).get(image), { state: "absent" });
      assertEquals((await leasesOf(containerd)).length, 1);
      parts.registry.bytesPerSecond = undefined;
      using kubelet = openCriClient(containerd.address);
      await within(kubelet.pull(image));
      assertEquals((await check()).get(image)?.state, "usable");
      await assertNothingLeft(parts, runtime);
    },
  );

  realTest(
    `${pair.name}: wrong bytes that an ended pull has left fail one pull, no more`,
    pair.reason,
    async () => {
      await using parts = await startParts(pair);
      const { runtime, containerd, registry, image } = parts;
      registry.script = ({ path }) =>
        path.endsWith(parts.layer) ? { fault: "wrong_bytes" } : undefined;
      await endPull(parts);
      registry.script = () => undefined;
      registry.bytesPerSecond = undefined;
      const pull = () => within(runtime.pull(image, { signal: never() }));
      assertFailed(await pull(), "bad_content");
      // Until then each pull resumes from them: an agent waits for longer.
      await waitUntil("they are dropped", async () => await arrivedBytes(containerd) === 0);
      const outcome = await pull();
      assertEquals(outcome.result, "pulled", JSON.stringify(outcome));
      await assertNothingLeft(parts, runtime);
    },
  );

  realTest(
    `${pair.name}: a pull of kubelet beside ours keeps its lease and goes on`,
    pair.reason,
    async () => {
      await using parts = await startParts(pair);
      const { containerd, runtime, registry } = parts;
      using kubelet = openCriClient(containerd.address);
      const theirs = kubelet.pull(`${registry.host}/test/theirs:1`);
      await waitUntil("they pull", async () => (await leasesOf(containerd)).length === 1);
      const [lease] = await leasesOf(containerd);
      await endPull(parts);
      assertEquals([...await runtime.leftovers()], [parts.image]);
      await runtime.discard(parts.image, { signal: never() });
      assertEquals(await leasesOf(containerd), [lease]);
      registry.bytesPerSecond = undefined;
      await within(theirs);
    },
  );

  realTest(
    `${pair.name}: where a lease may be kubelet's or ours, it is left alone`,
    pair.reason,
    async () => {
      // Without the relay nobody knows when ctr asked first: kubelet may have come meanwhile.
      await using parts = await startParts(pair, { withRelay: false });
      const { containerd, runtime, registry } = parts;
      using kubelet = openCriClient(containerd.address);
      const stop = new AbortController();
      const ours = runtime.pull(parts.image, { signal: stop.signal });
      await waitUntil("we pull", async () => (await leasesOf(containerd)).length === 1);
      const theirs = kubelet.pull(`${registry.host}/test/theirs:1`);
      await waitUntil("they pull", async () => (await leasesOf(containerd)).length === 2);
      stop.abort();
      assertEquals(await within(ours), { result: "cancelled" });
      assertEquals((await runtime.leftovers()).size, 0);
      await runtime.discard(parts.image, { signal: never() });
      assertEquals((await leasesOf(containerd)).length, 2);
      registry.bytesPerSecond = undefined;
      await within(theirs);
    },
  );
}

realTest("a ctr that ends by itself leaves nothing that we would remove", undefined, async () => {
  const [pair] = await pairsOfEachLine();
  if (pair === undefined || pair.reason !== undefined) return;
  await using parts = await startParts(pair);
  const { runtime, registry, containerd, image, folder } = parts;
  const pulling = runtime.pull(image, { signal: never() });
  await waitUntil("its lease is written down", async () => (await leaseFilesIn(folder)).length > 0);
  assertEquals(await leaseFilesIn(folder), await leasesOf(containerd));
  assertEquals((await runtime.leftovers()).size, 0, "while it runs, it is no leftover");
  await runtime.discard(image, { signal: never() });
  assertEquals((await leasesOf(containerd)).length, 1);
  registry.bytesPerSecond = undefined;
  assertEquals((await within(pulling)).result, "pulled");
  await assertNothingLeft(parts, runtime);
});

interface Parts extends AsyncDisposable {
  readonly runtime: CtrRuntime;
  readonly containerd: TestContainerd;
  /** Holds the image that we pull, and "test/theirs:1". */
  readonly registry: ScriptedRegistry;
  readonly image: string;
  /** Digest of its layer. */
  readonly layer: string;
  readonly folder: string;
  /** A runtime as the next agent on this node has it; without a relay. */
  nextAgent(): Promise<CtrRuntime>;
}

async function startParts(
  pair: ContainerdPair,
  options: { readonly withRelay?: boolean } = {},
): Promise<Parts> {
  await using starting = new AsyncDisposableStack();
  const registry = starting.use(await startScriptedRegistry({ bytesPerSecond: BRAKED_SPEED }));
  const ours = generatedLayer({ name: "ours", bytes: BRAKED_BYTES });
  const theirs = generatedLayer({ name: "theirs", bytes: BRAKED_BYTES });
  registry.add("test/ours:1", storedImage("test/ours:1", [ours]));
  registry.add("test/theirs:1", storedImage("test/theirs:1", [theirs]));
  const folder = await Deno.makeTempDir({ prefix: "warm-images-leases-" });
  starting.defer(() => Deno.remove(folder, { recursive: true }));
  const given = { ...options, leaseFolder: folder };
  const { runtime, containerd } = starting.use(await startContainerdHarness(pair, given));
  const running = starting.move();
  return {
    runtime,
    containerd,
    registry,
    folder,
    image: `${registry.host}/test/ours:1`,
    layer: ours.digest,
    nextAgent: () => openNextAgent(pair, { containerd, folder }),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

/** Begins a pull and ends it in the middle. */
async function endPull({ runtime, image, containerd }: Parts) {
  const stop = new AbortController();
  const pulling = runtime.pull(image, { signal: stop.signal });
  await waitUntil("some of it has arrived", async () => await arrivedBytes(containerd) > 2_000_000);
  stop.abort();
  return await within(pulling);
}

async function assertNothingLeft({ containerd, folder }: Parts, runtime: ImageRuntime) {
  assertEquals((await runtime.leftovers()).size, 0);
  assertEquals([await leasesOf(containerd), await leaseFilesIn(folder)], [[], []]);
  await waitUntil("no download is left", async () => await arrivedBytes(containerd) === 0);
}

async function leasesOf(containerd: TestContainerd): Promise<string[]> {
  return (await containerd.ctr("leases", "ls", "-q")).stdout.split("\n").filter((id) => id !== "");
}
