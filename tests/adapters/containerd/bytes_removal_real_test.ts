import { assert, assertEquals } from "@std/assert";
import { runCommand } from "../../harness/commands.ts";
import { GUIDE } from "../../harness/documents/guide_sections.ts";
import { sectionCommands } from "../../harness/documents/sections.ts";
import { pushImage } from "../../harness/images/images.ts";
import { openCriClient } from "../../harness/servers/cri_client.ts";
import type { TestContainerd } from "../../harness/servers/containerd.ts";
import { realTest } from "../../harness/servers/skipping.ts";
import { never } from "../../harness/signals.ts";
import { waitUntil, within } from "../../harness/wait.ts";
import {
  blobsOnDisk,
  bytesOf,
  contentOf,
  listed,
  pairsForBytes,
  presenceOf,
  startBytesHarness,
} from "./bytes_harness.ts";
import type { ContainerdHarness, ContainerdPair } from "./harness.ts";

/** What the page tells who has a node without an agent. */
const [, BY_HAND = ""] = await sectionCommands(GUIDE.bytes);

for (const pair of await pairsForBytes()) {
  realTest(
    `${pair.name}: given up bytes free the disk at once, but for what another image needs`,
    pair.reason,
    async () => {
      await using harness = await startTwo(pair);
      const { runtime, containerd, image, other, digest } = harness;
      using kubelet = openCriClient(containerd.address);
      const bytes = bytesOf(runtime);
      const { config, layers: [base, own] } = await contentOf(containerd, digest);
      await bytes.remove([image, "docker.io/library/unknown:1"], { signal: never() });
      assertEquals(await listed(containerd, "images", "ls", "-q"), [other]);
      const left = await blobsOnDisk(containerd);
      assertEquals([digest, config, own].filter((blob) => left.includes(blob ?? "")), []);
      assert(left.includes(base ?? "none"), "the layer that the other image has as well");

      await within(kubelet.pull(other));
      await bytes.remove([other], { signal: never() });
      assertEquals(await blobsOnDisk(containerd), left, "all of it is kubelet's by now");
      assertEquals((await kubelet.list()).length, 1);
      assertEquals((await presenceOf(runtime, other)).state, "usable");
      assertEquals([...await bytes.list({ signal: never() })], []);
    },
  );

  realTest(`${pair.name}: giving up everything leaves no namespace`, pair.reason, async () => {
    await using harness = await startTwo(pair);
    const { runtime, containerd } = harness;
    await leaveRests(containerd);
    const bytes = bytesOf(runtime);
    await bytes.removeAll({ signal: never() });
    await assertNothing(containerd);
    await bytes.removeAll({ signal: never() }); // also where there is none
    assertEquals((await within(runtime.pull(harness.image, { signal: never() }))).result, "pulled");
    await listed(containerd, "images", "rm", harness.image); // its blobs stay for a while
    await bytes.removeAll({ signal: never() });
    await assertNothing(containerd);
  });

  realTest(`${pair.name}: what is left can be removed by hand`, pair.reason, async () => {
    await using harness = await startTwo(pair);
    const { containerd } = harness;
    await leaveRests(containerd);
    const folder = containerd.ctrPath.slice(0, containerd.ctrPath.lastIndexOf("/"));
    const { code, stderr } = await runCommand("sh", ["-ec", BY_HAND], {
      env: { PATH: `${folder}:${Deno.env.get("PATH")}`, CONTAINERD_ADDRESS: containerd.address },
    });
    assertEquals(code, 0, stderr);
    await assertNothing(containerd);
  });
}

interface TwoImages extends ContainerdHarness {
  /** Has a layer of its own, and the base of `image`. */
  readonly other: string;
}

/** Starts a runtime that keeps the bytes of two images. */
async function startTwo(pair: ContainerdPair): Promise<TwoImages> {
  await using starting = new AsyncDisposableStack();
  const harness = starting.use(await startBytesHarness(pair));
  await pushImage(harness.registry, {
    repository: "test/app",
    tag: "2",
    layers: [{ name: "base", bytes: 200_000 }, { name: "other", bytes: 20_000 }],
  });
  const other = `${harness.front.host}/test/app:2`;
  for (const each of [harness.image, other]) {
    const outcome = await within(harness.runtime.pull(each, { signal: never() }));
    assertEquals(outcome.result, "pulled", JSON.stringify(outcome));
  }
  const running = starting.move();
  return { ...harness, other, [Symbol.asyncDispose]: () => running.disposeAsync() };
}

/** Makes a lease that nobody knows, and blobs without an image. */
async function leaveRests(containerd: TestContainerd): Promise<void> {
  const [first = "none"] = await listed(containerd, "images", "ls", "-q");
  await listed(containerd, "leases", "create", "--id", "of-nobody");
  await listed(containerd, "images", "rm", first);
}

async function assertNothing(containerd: TestContainerd): Promise<void> {
  assertEquals(await listed(containerd, "namespaces", "ls", "-q"), []);
  await waitUntil("the disk is free", async () => (await blobsOnDisk(containerd)).length === 0);
}
