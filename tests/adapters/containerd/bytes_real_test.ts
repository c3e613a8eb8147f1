import { assert, assertEquals } from "@std/assert";
import { pushImage, pushIndex } from "../../harness/images/images.ts";
import { openCriClient } from "../../harness/servers/cri_client.ts";
import { realTest } from "../../harness/servers/skipping.ts";
import { never } from "../../harness/signals.ts";
import { within } from "../../harness/wait.ts";
import {
  blobsOnDisk,
  bytesOf,
  contentOf,
  listed,
  pairsForBytes,
  presenceOf,
  startBytesHarness,
} from "./bytes_harness.ts";

for (const pair of await pairsForBytes()) {
  realTest(
    `${pair.name}: bytes are whole, seen by us alone, and save kubelet the download`,
    pair.reason,
    async () => {
      await using harness = await startBytesHarness(pair);
      const { runtime, containerd, front, image, digest } = harness;
      using kubelet = openCriClient(containerd.address);
      const admitted: unknown[] = [];
      const outcome = await within(runtime.pull(image, {
        signal: never(),
        admit({ as, missing }) {
          admitted.push([as, missing.length]);
          return { admitted: true };
        },
      }));
      assert(outcome.result === "pulled", JSON.stringify(outcome));
      assertEquals([outcome.as, outcome.digest], ["bytes", digest]);
      assert(outcome.bytes !== undefined && outcome.bytes > 3_200_000, `${outcome.bytes} bytes`);
      assertEquals(admitted, [["bytes", 3]], "its configuration and two layers");

      assertEquals((await containerd.ctr("images", "ls", "-q")).stdout, "");
      assertEquals((await containerd.ctr("snapshots", "ls")).stdout.trim().split("\n").length, 1);
      assertEquals(await kubelet.list(), []);
      assertEquals(await listed(containerd, "images", "ls", "-q"), [image]);
      assertEquals(await listed(containerd, "leases", "ls", "-q"), []);
      assertEquals([...await bytesOf(runtime).list({ signal: never() })], [[image, outcome.bytes]]);
      const presence = await presenceOf(runtime, image);
      assertEquals(presence, { state: "usable", as: "bytes", bytes: outcome.bytes, digest });
      const without = await runtime.check([image], { signal: never() });
      assertEquals(without.get(image), { state: "absent" }, "to whom bytes do not suffice");

      const before = front.requests().length;
      await within(kubelet.pull(image));
      const asked = front.requests().slice(before).map(({ method, path }) => `${method} ${path}`);
      assertEquals(asked.filter((request) => request.includes("/blobs/")), []);
      assertEquals(await presenceOf(runtime, image), {
        state: "usable",
        bytes: outcome.bytes,
        digest,
      });
    },
  );

  realTest(
    `${pair.name}: what kubelet has is not fetched again, and a moved tag is`,
    pair.reason,
    async () => {
      await using harness = await startBytesHarness(pair);
      const { runtime, containerd, registry, front, image, digest } = harness;
      using kubelet = openCriClient(containerd.address);
      await within(kubelet.pull(image));
      const pull = async (known?: string) => {
        const before = front.requests().length;
        const outcome = await within(runtime.pull(image, { signal: never(), known }));
        return { outcome, asked: front.requests().slice(before).map(({ path }) => path) };
      };
      const shared = await pull();
      assert(shared.outcome.result === "pulled", JSON.stringify(shared.outcome));
      assertEquals(shared.outcome.as, "bytes");
      assertEquals(shared.asked.filter((path) => path.includes("/blobs/")), []);
      assertEquals((await pull(digest)).outcome, { result: "same" });

      const moved = await pushImage(registry, {
        repository: "test/app",
        tag: "1",
        layers: [{ name: "base", bytes: 200_000 }, { name: "new", bytes: 100_000 }],
      });
      const { outcome, asked } = await pull(digest);
      assert(outcome.result === "pulled", JSON.stringify(outcome));
      assertEquals(outcome.digest, moved.digest);
      const blobs = asked.filter((path) => path.includes("/blobs/"));
      assertEquals(blobs.length, 2, blobs.join("\n")); // the configuration, and the new layer
      await kubelet.remove(image);
      const presence = await presenceOf(runtime, image);
      assert(presence.state === "usable");
      assertEquals([presence.as, presence.digest], ["bytes", moved.digest]);
    },
  );

  realTest(
    `${pair.name}: of an index the bytes for this machine are kept, be it for what it runs as well`,
    pair.reason,
    async () => {
      await using harness = await startBytesHarness(pair);
      const { runtime, registry, front } = harness;
      const [here, lesser] = Deno.build.arch === "x86_64" ? ["amd64", "386"] : ["arm64", "arm"];
      const imageFor = (architecture: string) => ({
        platform: { os: "linux", architecture },
        layers: [{ name: architecture, bytes: 50_000 }],
      });
      const indexes = { both: [lesser, here, "s390x"], lesser: [lesser, "s390x"] };
      for (const [tag, architectures] of Object.entries(indexes)) {
        const images = architectures.map((each = "") => imageFor(each));
        await pushIndex(registry, { repository: "test/index", tag, images });
        const before = front.requests().length;
        const reference = `${front.host}/test/index:${tag}`;
        const outcome = await within(runtime.pull(reference, { signal: never() }));
        assert(outcome.result === "pulled", JSON.stringify(outcome));
        assertEquals((await presenceOf(runtime, reference)).state, "usable", tag);
        const blobs = front.requests().slice(before).filter(({ path }) => path.includes("/blobs/"));
        assertEquals(blobs.length, 2, "one configuration and one layer");
      }
    },
  );

  realTest(
    `${pair.name}: bytes of which a blob is lost are not whole, until they are fetched again`,
    pair.reason,
    async () => {
      await using harness = await startBytesHarness(pair);
      const { runtime, containerd, image, digest } = harness;
      const pull = () => within(runtime.pull(image, { signal: never() }));
      assertEquals((await pull()).result, "pulled");
      const { layers: [, layer] } = await contentOf(containerd, digest);
      await listed(containerd, "content", "rm", layer ?? "none");
      const presence = await presenceOf(runtime, image);
      assert(presence.state === "incomplete", JSON.stringify(presence));
      assert(presence.why.startsWith("Content is incomplete"), presence.why);
      const outcome = await pull();
      assertEquals(outcome.result, "pulled", JSON.stringify(outcome));
      assertEquals((await presenceOf(runtime, image)).state, "usable");
    },
  );

  realTest(
    `${pair.name}: where namespaces share nothing, all is fetched, and kept once`,
    pair.reason,
    async () => {
      const extraConfig = `[plugins."io.containerd.metadata.v1.bolt"]
content_sharing_policy = "isolated"`;
      await using harness = await startBytesHarness(pair, { extraConfig });
      const { runtime, containerd, front, image } = harness;
      using kubelet = openCriClient(containerd.address);
      await within(kubelet.pull(image));
      const before = front.requests().length;
      const onDisk = await blobsOnDisk(containerd);
      const outcome = await within(runtime.pull(image, { signal: never() }));
      assert(outcome.result === "pulled", JSON.stringify(outcome));
      assertEquals(outcome.as, "bytes");
      const asked = front.requests().slice(before).filter(({ path }) => path.includes("/blobs/"));
      assertEquals(asked.length, 3, "its configuration and two layers");
      assertEquals(await blobsOnDisk(containerd), onDisk);
    },
  );
}
