import { assert, assertEquals } from "@std/assert";
import { systemClock } from "../../../mod/adapters/clock.ts";
import { openContentStore } from "../../../mod/adapters/containerd/content_store.ts";
import type { CtrRuntime } from "../../../mod/adapters/containerd/ctr_runtime.ts";
import type { Clock } from "../../../mod/ports/clock.ts";
import type { ImageRuntime } from "../../../mod/ports/image_runtime.ts";
import type { PullRelay } from "../../../mod/ports/pull_relay.ts";
import { assertFailed } from "../../harness/asserts.ts";
import { openCriClient } from "../../harness/servers/cri_client.ts";
import type { TestContainerd } from "../../harness/servers/containerd.ts";
import {
  type ScriptedRegistry,
  startScriptedRegistry,
} from "../../harness/servers/scripted_registry.ts";
import { realTest } from "../../harness/servers/skipping.ts";
import { generatedLayer } from "../../harness/servers/stored_blob.ts";
import { storedImage } from "../../harness/servers/stored_image.ts";
import { never } from "../../harness/signals.ts";
import { smallDisk } from "../../harness/small_disk.ts";
import { waitUntil, within } from "../../harness/wait.ts";
import { blobsOnDisk, bytesOf, listed, pairsForBytes, presenceOf } from "./bytes_harness.ts";
import { relayOfBytes } from "./bytes_relay.ts";
import { type ContainerdPair, startContainerdHarness } from "./harness.ts";
import {
  arrivedBytes,
  BRAKED_BYTES,
  BRAKED_SPEED,
  leaseFilesIn,
  openNextAgent,
  sentBytes,
} from "./left_pulls.ts";

for (const pair of await pairsForBytes()) {
  realTest(
    `${pair.name}: what an ended fetch of bytes has left is known, gone on from, and then gone`,
    pair.reason,
    async () => {
      await using parts = await startParts(pair);
      const { containerd, registry, image, folder } = parts;
      await endFetch(parts);
      const [lease = "none"] = await listed(containerd, "leases", "ls", "-q");
      assertEquals([...await parts.runtime.leftovers()], [image]);
      assertEquals(await Deno.readTextFile(`${folder}/bytes/leases/${lease}`), image);
      assertEquals((await containerd.ctr("leases", "ls", "-q")).stdout, "");

      parts.runtime[Symbol.dispose](); // as if the agent were killed
      using next = await parts.nextAgent();
      assertEquals([...await next.leftovers()], [image]);
      assertEquals([...await bytesOf(next).list({ signal: never() })], []);
      const arrived = await arrivedBytes(containerd);
      registry.bytesPerSecond = undefined;
      registry.forgetRequests();
      const outcome = await within(next.pull(image, { signal: never() }));
      assert(outcome.result === "pulled", JSON.stringify(outcome));
      assertEquals(outcome.as, "bytes");
      const sent = sentBytes(registry);
      assert(
        sent < BRAKED_BYTES - arrived + 100_000,
        `${sent} bytes were fetched, ${arrived} were there`,
      );
      await assertNothingLeft(parts, next);
    },
  );

  realTest(`${pair.name}: what it has left can be given up`, pair.reason, async () => {
    await using parts = await startParts(pair);
    await endFetch(parts);
    parts.runtime[Symbol.dispose]();
    using next = await parts.nextAgent();
    await next.discard(parts.image, { signal: never() });
    await assertNothingLeft(parts, next);
  });

  realTest(
    `${pair.name}: leases of bytes that nobody goes on from go, but not those of another agent`,
    pair.reason,
    async () => {
      await using parts = await startParts(pair);
      const { containerd, folder } = parts;
      for (const id of ["1-abcd", "2-abcd"]) {
        await listed(containerd, "leases", "create", "--id", id);
      }
      await Deno.mkdir(`${folder}/bytes/leases`, { recursive: true });
      using theirs = await Deno.open(`${folder}/bytes/leases/2-abcd`, {
        write: true,
        create: true,
      });
      await theirs.lock(true);
      const list = async (clock: Clock) => {
        using agent = await parts.nextAgent(clock);
        await bytesOf(agent).list({ signal: never() });
        return (await listed(containerd, "leases", "ls", "-q")).sort();
      };
      assertEquals(await list(systemClock), ["1-abcd", "2-abcd"], "young ones");
      const later: Clock = { ...systemClock, wallMs: () => systemClock.wallMs() + 120_000 };
      assertEquals(await list(later), ["2-abcd"]);
    },
  );

  realTest(
    `${pair.name}: wrong bytes that an ended fetch has left fail one fetch, no more`,
    pair.reason,
    async () => {
      await using parts = await startParts(pair);
      const { runtime, containerd, registry, image } = parts;
      registry.script = ({ path }) =>
        path.endsWith(parts.layer) ? { fault: "wrong_bytes" } : undefined;
      await endFetch(parts);
      registry.script = () => undefined;
      registry.bytesPerSecond = undefined;
      assertFailed(await pull(parts), "bad_content");
      await waitUntil("they are dropped", async () => await arrivedBytes(containerd) === 0);
      assertEquals((await pull(parts)).result, "pulled");
      await assertNothingLeft(parts, runtime);
      assertEquals((await presenceOf(runtime, image)).state, "usable");
    },
  );

  realTest(`${pair.name}: a disk that is full takes nothing of it`, pair.reason, async () => {
    await using disk = await smallDisk(20);
    await using parts = await startParts(pair, { root: `${disk.folder}/root` });
    const { containerd, registry, runtime, image } = parts;
    registry.bytesPerSecond = undefined;
    assertFailed(await pull(parts), "disk_full");
    assertEquals(await presenceOf(runtime, image), { state: "absent" });
    await assertNothingLeft(parts, runtime);
    await waitUntil("its room is free", async () => (await blobsOnDisk(containerd)).length === 0);
  });

  realTest(
    `${pair.name}: killed in the middle of a fetch, containerd gets the bytes afterwards`,
    pair.reason,
    async () => {
      await using parts = await startParts(pair);
      const { containerd, registry, runtime, image } = parts;
      const pulling = pull(parts);
      await waitUntil("some has arrived", async () => await arrivedBytes(containerd) > 2_000_000);
      await containerd.kill();
      assertFailed(await pulling, "runtime");
      await containerd.restart();
      registry.bytesPerSecond = undefined;
      assertEquals((await pull(parts)).result, "pulled");
      assertEquals((await presenceOf(runtime, image)).state, "usable");
    },
  );

  realTest(`${pair.name}: a fetch whose bytes stand still is ended`, pair.reason, async () => {
    await using parts = await startParts(pair, { pullIdleTimeoutMs: 2_000 });
    const { registry } = parts;
    registry.bytesPerSecond = undefined;
    registry.script = ({ path }) =>
      path.endsWith(parts.layer) ? { fault: "hang", afterBytes: 1_000_000 } : undefined;
    assertFailed(await pull(parts), "stalled");
  });

  realTest(
    `${pair.name}: kubelet pulls past a fetch of ours, be it of the same image, and is seen`,
    pair.reason,
    async () => {
      await using parts = await startParts(pair);
      const { containerd, registry, runtime, image } = parts;
      using kubelet = openCriClient(containerd.address);
      const pulling = pull(parts);
      await waitUntil("four are under way", async () => {
        return (await openContentStore(containerd.root).downloads())?.length === 4;
      });
      runtime.pausePulls(true);
      const idsNow = async () =>
        (await openContentStore(containerd.root).downloads())?.map(({ id }) => id).sort();
      let ours: readonly string[] | undefined;
      // What was nearly there may still arrive, and another begin.
      await waitUntil("ours stand still", async () => {
        const before = ours;
        ours = await idsNow();
        return JSON.stringify(ours) === JSON.stringify(before);
      }, { everyMs: 500 });
      const theirs = kubelet.pull(image);
      await waitUntil("kubelet is seen", async () => {
        return await runtime.othersDownload({ signal: never() }) === true;
      }, { everyMs: 300 });
      registry.bytesPerSecond = undefined;
      await within(theirs);
      assertEquals(await idsNow(), ours, "ours stood still meanwhile");
      runtime.pausePulls(false);
      const outcome = await pulling;
      assertEquals(outcome.result, "pulled", JSON.stringify(outcome));
    },
  );
}

interface Parts extends AsyncDisposable {
  readonly runtime: CtrRuntime;
  readonly containerd: TestContainerd;
  /** Braked, until the test lets it go. */
  readonly registry: ScriptedRegistry;
  /** Has four layers. */
  readonly image: string;
  /** Digest of the largest one. */
  readonly layer: string;
  /** Where leases are written down. */
  readonly folder: string;
  /** A runtime as the next agent on this node has it. */
  nextAgent(clock?: Clock): Promise<CtrRuntime>;
}

async function startParts(
  pair: ContainerdPair,
  options: { readonly root?: string; readonly pullIdleTimeoutMs?: number } = {},
): Promise<Parts> {
  await using starting = new AsyncDisposableStack();
  const registry = starting.use(await startScriptedRegistry({ bytesPerSecond: BRAKED_SPEED }));
  const sizes = { large: BRAKED_BYTES - 6_000_000, a: 2_000_000, b: 2_000_000, c: 2_000_000 };
  const layers = Object.entries(sizes).map(([name, bytes]) => generatedLayer({ name, bytes }));
  registry.add("test/ours:1", storedImage("test/ours:1", layers));
  const folder = await Deno.makeTempDir({ prefix: "warm-images-leases-" });
  starting.defer(() => Deno.remove(folder, { recursive: true }));
  let relay: PullRelay | undefined;
  const changeRelay = (given: PullRelay) => relay = relayOfBytes(given);
  const given = { ...options, leaseFolder: folder, changeRelay };
  const { runtime, containerd } = starting.use(await startContainerdHarness(pair, given));
  const running = starting.move();
  return {
    runtime,
    containerd,
    registry,
    image: `${registry.host}/test/ours:1`,
    layer: layers[0]?.digest ?? "none",
    folder,
    nextAgent: (clock) => openNextAgent(pair, { containerd, folder, relay, clock }),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

function pull({ runtime, image }: Pick<Parts, "runtime" | "image">) {
  return within(runtime.pull(image, { signal: never() }));
}

/** Begins a fetch and ends it in the middle. */
async function endFetch({ runtime, image, layer, containerd }: Parts): Promise<void> {
  const stop = new AbortController();
  const pulling = runtime.pull(image, { signal: stop.signal });
  await waitUntil("some of its largest layer has arrived", async () => {
    const downloads = await openContentStore(containerd.root).downloads() ?? [];
    return downloads.some(({ digest, bytes }) => digest === layer && bytes > 1_000_000);
  });
  stop.abort();
  assertEquals(await within(pulling), { result: "cancelled" });
}

async function assertNothingLeft({ containerd, folder }: Parts, runtime: ImageRuntime) {
  assertEquals((await runtime.leftovers()).size, 0);
  assertEquals(await listed(containerd, "leases", "ls", "-q"), []);
  assertEquals(await leaseFilesIn(`${folder}/bytes`), []);
  await waitUntil("no download is left", async () => await arrivedBytes(containerd) === 0);
}
