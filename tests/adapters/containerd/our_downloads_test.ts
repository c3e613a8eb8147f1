import { assertEquals } from "@std/assert";
import type { PartialBlob } from "../../../mod/adapters/containerd/content_store.ts";
import { OurDownloads } from "../../../mod/adapters/containerd/our_downloads.ts";

Deno.test("what grows from one look to the next is a download", async () => {
  const node = looking();
  node.parts = [part("theirs", 10)];
  assertEquals(await node.look(), false);
  for (let bytes = 20; bytes < 100; bytes += 10) {
    node.passed(4000);
    node.parts = [part("theirs", bytes)];
    assertEquals(await node.look(), true);
  }
});

Deno.test("a download that has ended is none, and one that stands still soon is none", async () => {
  const node = looking();
  node.parts = [part("theirs", 10)];
  await node.look();
  node.parts = [part("theirs", 20)];
  assertEquals(await node.look(), true);
  for (const expected of [true, true, false, false]) {
    node.passed(2000);
    assertEquals(await node.look(), expected);
  }
  node.parts = [part("theirs", 30)];
  assertEquals(await node.look(), true);
  node.parts = [];
  assertEquals(await node.look(), false);
});

Deno.test("kubelet that waits for a blob of ours downloads nothing", async () => {
  const node = looking();
  const pull = node.downloads.fetching({ namespace: "k8s.io", digests: new Set(["ours"]) });
  for (let bytes = 0; bytes < 100; bytes += 10) {
    node.parts = [part("ours", bytes)];
    node.passed(500);
    assertEquals(await node.look(), false);
  }
  pull[Symbol.dispose]();
  node.passed(500);
  assertEquals(await node.look(), false, "what an ended pull of ours has left");
});

Deno.test("kubelet that fetches what we fetch into another namespace downloads it itself", async () => {
  const node = looking();
  using _pull = node.downloads.fetching({
    namespace: "warm-images",
    digests: new Set(["shared"]),
  });
  node.parts = [part("shared", 10, "warm-images"), part("shared", 10)];
  assertEquals(await node.look(), false);
  node.passed(500);
  node.parts = [part("shared", 20, "warm-images"), part("shared", 10)];
  assertEquals(await node.look(), false);
  node.passed(500);
  node.parts = [part("shared", 20, "warm-images"), part("shared", 20)];
  assertEquals(await node.look(), true);
});

Deno.test("what grew since a look long ago has grown some time, which may be over", async () => {
  const node = looking();
  node.parts = [part("theirs", 10)];
  await node.look();
  node.passed(3_600_000);
  node.parts = [part("theirs", 20)];
  assertEquals(await node.look(), false);
});

Deno.test("beside a pull whose blobs are unknown, and without a store, it cannot be told", async () => {
  const node = looking();
  node.parts = [part("any", 10)];
  const pull = node.downloads.fetchingUnknown();
  assertEquals(await node.look(), undefined);
  pull[Symbol.dispose]();
  assertEquals(await node.look(), false);
  node.parts = undefined;
  assertEquals(await node.look(), undefined);
});

function part(digest: string, bytes: number, namespace = "k8s.io"): PartialBlob {
  return { id: `ingest of ${digest} in ${namespace}`, namespace, digest, bytes };
}

function looking() {
  let now = 0;
  const downloads = new OurDownloads(() => now);
  const node = {
    downloads,
    parts: [] as PartialBlob[] | undefined,
    passed: (ms: number) => void (now += ms),
    look: () => downloads.othersDownload({ downloads: () => Promise.resolve(node.parts) }),
  };
  return node;
}
