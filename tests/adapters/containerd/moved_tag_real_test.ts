import { assert, assertEquals } from "@std/assert";
import { HERE, pushImage, pushIndex } from "../../harness/images/images.ts";
import { realTest } from "../../harness/servers/skipping.ts";
import { never } from "../../harness/signals.ts";
import { type ContainerdHarness, containerdPairs, startContainerdHarness } from "./harness.ts";

for (const pair of await containerdPairs()) {
  realTest(
    `${pair.name}: a pull of an image that is there asks once for its tag, and for bytes if that moved`,
    pair.reason,
    async () => {
      await using harness = await startContainerdHarness(pair);
      assertEquals(await pulled(harness), harness.digest);
      const asked = await requestsOf(harness, harness.digest);
      assertEquals(asked, ["GET /v2/test/app/manifests/1"]); // the relay answers ctr from it

      const { digest } = await pushImage(harness.registry, {
        repository: "test/app",
        tag: "1",
        layers: [{ name: "base", bytes: 200_000 }, { name: "new", bytes: 100_000 }],
      });
      const requests = await requestsOf(harness, digest);
      const layers = requests.filter((request) => request.startsWith("GET /v2/test/app/blobs/"));
      assertEquals(layers.length, 2, requests.join("\n")); // the configuration, and the new layer
      const held = (await harness.runtime.check([harness.image], { signal: never() })).get(
        harness.image,
      );
      assert(held?.state === "usable");
      assertEquals(held.digest, digest);
    },
  );
}

for (const pair of await containerdPairs()) {
  realTest(
    `${pair.name}: a refresh of what has not moved is one question, and none to containerd`,
    pair.reason,
    async () => {
      await using harness = await startContainerdHarness(pair);
      const layers = [{ name: "base", bytes: 200_000 }];
      const { digest } = await pushIndex(harness.registry, {
        repository: "test/index",
        tag: "1",
        images: [{ platform: HERE, layers }],
      });
      const index = `${harness.front.host}/test/index:1`;
      const standFor = new Map([[harness.image, harness.digest], [index, digest]]);
      for (const image of standFor.keys()) {
        await harness.runtime.pull(image, { signal: never() });
      }
      const held = await harness.runtime.check([...standFor.keys()], { signal: never() });
      await harness.containerd.kill();
      for (const [image, expected] of standFor) {
        const presence = held.get(image);
        assert(presence?.state === "usable");
        assertEquals(presence.digest, expected, "what it stands for, be it an index");
        const before = harness.front.requests().length;
        const known = presence.digest;
        const outcome = await harness.runtime.pull(image, { signal: never(), known });
        assertEquals(outcome.result, "same");
        const asked = harness.front.requests().slice(before);
        assertEquals(asked.map(({ method }) => method), ["HEAD"]);
      }
    },
  );
}

/** Digest of what a pull has brought. */
async function pulled({ runtime, image }: ContainerdHarness): Promise<string | undefined> {
  const outcome = await runtime.pull(image, { signal: never() });
  assert(outcome.result === "pulled", JSON.stringify(outcome));
  return outcome.digest;
}

/** What a pull asks of the registry, which should bring this digest. */
async function requestsOf(harness: ContainerdHarness, digest: string): Promise<string[]> {
  const before = harness.front.requests().length;
  assertEquals(await pulled(harness), digest);
  return harness.front.requests().slice(before).map(({ method, path }) => `${method} ${path}`);
}
