import { assertEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import type { PartialBlob } from "../../../mod/adapters/containerd/content_store.ts";
import { countArrivals, watchDirect } from "../../../mod/adapters/containerd/direct_watch.ts";
import type { PullDeps } from "../../../mod/adapters/containerd/pull_deps.ts";
import type { StallVerdict } from "../../../mod/adapters/containerd/stall_watch.ts";

const MINUTE = 60_000;
const KB = 1024;

Deno.test("a direct pull that trickles is ended after half an hour", async () => {
  using watch = watching();
  await watch.trickle(KB, 30);
  assertEquals(watch.verdict(), undefined);
  await watch.trickle(KB, 1);
  assertEquals(watch.verdict()?.endedBy, "ceiling");
});

Deno.test("a direct pull of any size goes on while it is fast enough", async () => {
  using watch = watching();
  await watch.trickle(300 * KB, 60);
  assertEquals(watch.verdict(), undefined);
});

Deno.test("where nobody sees what arrives a direct pull has longer", async () => {
  using watch = watching({ isReadable: false });
  await watch.trickle(KB, 32);
  assertEquals(watch.verdict(), undefined);
});

Deno.test("bytes count once, from the first look on, whichever layer they are of", async () => {
  let downloads: PartialBlob[] | undefined = [blob("a", 100)];
  const arrived = countArrivals({ downloads: () => Promise.resolve(downloads) });
  assertEquals(await arrived(), 0);
  downloads = [blob("a", 150), blob("b", 10)];
  assertEquals(await arrived(), 60);
  downloads = [blob("b", 10)]; // a is whole
  assertEquals(await arrived(), 60);
  downloads = undefined;
  assertEquals(await arrived(), undefined);
  downloads = [blob("b", 5), blob("c", 1)]; // begun anew
  assertEquals(await arrived(), 61);
});

/** A direct pull that stores bytes, layer after layer, at a pace of the test's. */
function watching({ isReadable = true } = {}) {
  const time = new FakeTime();
  const stop = new AbortController();
  let bytes = 0;
  let verdict: StallVerdict | undefined;
  const queries = {
    downloads: () => Promise.resolve([{ ref: "layer-sha256:a", size: `${bytes}`, ageSeconds: 0 }]),
    unpacking: () => Promise.resolve({ layers: [], committed: [] }),
  };
  const content = {
    downloads: () => Promise.resolve(isReadable ? [blob("a", bytes)] : undefined),
  };
  const deps = { queries, content, idleTimeoutMs: MINUTE } as unknown as PullDeps;
  watchDirect(deps, { signal: stop.signal }).then((end) => verdict = end);
  return {
    verdict: () => verdict,
    /** Lets minutes pass. */
    async trickle(bytesPerSecond: number, minutes: number) {
      for (let seconds = 0; seconds < minutes * 60; seconds += 10) {
        bytes += 10 * bytesPerSecond;
        await time.tickAsync(10_000);
      }
    },
    [Symbol.dispose]() {
      stop.abort();
      time.restore();
    },
  };
}

function blob(id: string, bytes: number): PartialBlob {
  return { id, namespace: "k8s.io", digest: `sha256:${id}`, bytes };
}
