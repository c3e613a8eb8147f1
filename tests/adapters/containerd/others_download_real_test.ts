import { assertEquals } from "@std/assert";
import { delay } from "../../../mod/async/delay.ts";
import { pushImage } from "../../harness/images/images.ts";
import type { TestContainerd } from "../../harness/servers/containerd.ts";
import { openCriClient } from "../../harness/servers/cri_client.ts";
import { realTest } from "../../harness/servers/skipping.ts";
import { never } from "../../harness/signals.ts";
import { waitUntil, within } from "../../harness/wait.ts";
import { pairsForFaults, startContainerdHarness } from "./harness.ts";

for (const pair of await pairsForFaults()) {
  realTest(`${pair.name}: a download of kubelet is seen, ours is not`, pair.reason, async () => {
    await using harness = await startContainerdHarness(pair);
    const { runtime, front, registry, containerd } = harness;
    // containerd 2.4 stores what comes in steps of a megabyte and more.
    const layers = [{ name: "cold", bytes: 6_000_000 }];
    await pushImage(registry, { repository: "test/cold", tag: "1", layers });
    const others = () => runtime.othersDownload({ signal: never() });
    assertEquals(await others(), false);

    front.mode = { fault: "slow", bytesPerSecond: 1_000_000 };
    const stop = new AbortController();
    const ours = runtime.pull(harness.image, { signal: stop.signal });
    await waitUntil("containerd downloads our layers", async () => {
      return (await containerd.ctr("content", "active")).stdout.includes("layer-");
    });
    assertEquals(await others(), false);
    stop.abort();
    await within(ours);
    assertEquals(await others(), false, "what an ended pull has left");

    using kubelet = openCriClient(containerd.address);
    const theirs = kubelet.pull(`${front.host}/test/cold:1`);
    await waitUntil("kubelet's download is seen", async () => await others() === true);
    front.mode = { fault: "none" };
    await within(theirs);
    await waitUntil("its end is seen", async () => await others() === false);
  });
}

for (const pair of await pairsForFaults()) {
  realTest(
    `${pair.name}: pulls do not stand still for kubelet while it waits for their layer`,
    pair.reason,
    async () => {
      await using harness = await startContainerdHarness(pair);
      const { runtime, front, registry, containerd } = harness;
      // The very image that we pull, elsewhere: all that kubelet needs is on its way.
      const layers = [{ name: "base", bytes: 200_000 }, { name: "own", bytes: 3_000_000 }];
      await pushImage(registry, { repository: "test/shared", tag: "1", layers });
      front.mode = { fault: "slow", bytesPerSecond: 100_000 };
      const ours = runtime.pull(harness.image, { signal: never() });
      await waitUntil("containerd downloads our layers", async () => {
        return (await containerd.ctr("content", "active")).stdout.includes("layer-");
      });

      using kubelet = openCriClient(containerd.address);
      const theirs = kubelet.pull(`${front.host}/test/shared:1`);
      await waitUntil("kubelet pulls", async () => (await leasesOf(containerd)).length === 2);
      // It asks for its manifest, and then for a place that ours has.
      for (let look = 0; look < 20; look++) {
        const doOthers = await runtime.othersDownload({ signal: never() });
        runtime.pausePulls(doOthers === true);
        assertEquals(doOthers, false);
        await delay(100);
      }
      front.mode = { fault: "none" };
      await within(theirs);
      assertEquals((await within(ours)).result, "pulled");
      const blobs = front.requests().filter(({ path }) => path.includes("/blobs/"));
      assertEquals(new Set(blobs.map(({ path }) => path.split("/").at(-1))).size, blobs.length);
    },
  );
}

async function leasesOf(containerd: TestContainerd): Promise<string[]> {
  return (await containerd.ctr("leases", "ls", "-q")).stdout.split("\n").filter((id) => id !== "");
}

realTest("a store that cannot be read tells nothing of others", undefined, async () => {
  const { openContentStore } = await import("../../../mod/adapters/containerd/content_store.ts");
  assertEquals(await openContentStore("/nonexistent").downloads(), undefined);
});
