import { assert, assertEquals } from "@std/assert";
import { assertFailed } from "../../harness/asserts.ts";
import { realTest } from "../../harness/servers/skipping.ts";
import { generatedLayer } from "../../harness/servers/stored_blob.ts";
import { type StoredImage, storedImage, storedIndex } from "../../harness/servers/stored_image.ts";
import { pairsForRelay, startImages, startRelayedPulls } from "./relayed_pulls.ts";

/** What containerd takes of an index, and so the relay must. */
interface IndexCase {
  readonly what: string;
  /** "os/architecture/variant" of each image, or "" where the index does not say. */
  readonly platforms: readonly string[];
  /** Which of them it is; undefined: nothing is for this machine. */
  readonly chosen: number | undefined;
}

/** Names of this machine's platform: as it is, with its usual variant, with one beyond it. */
const [HERE, USUAL, BEYOND, OTHER] = Deno.build.arch === "x86_64"
  ? ["linux/amd64", "linux/amd64/v1", "linux/amd64/v3", "linux/arm64/v8"]
  : ["linux/arm64", "linux/arm64/v8", "linux/arm64/v9", "linux/amd64/v2"];
const ATTESTATION = "unknown/unknown";

const CASES: readonly IndexCase[] = [
  {
    what: "of many platforms, with attestations",
    platforms: [OTHER, ATTESTATION, "windows/amd64", BEYOND, HERE, ATTESTATION],
    chosen: 4,
  },
  { what: "that begins with an attestation", platforms: [ATTESTATION, USUAL], chosen: 1 },
  { what: "with two for this machine", platforms: [OTHER, HERE, USUAL], chosen: 1 },
  { what: "that says of one only that it is there", platforms: ["", HERE], chosen: 1 },
  { what: "for processors beyond this one's", platforms: [BEYOND, ATTESTATION], chosen: undefined },
  { what: "for others alone", platforms: [OTHER, ATTESTATION], chosen: undefined },
];

/** An image that is told apart from all others. */
function imageFor(name: string, platform: string): StoredImage {
  const layer = generatedLayer({ name: `${name} ${platform}`.replace(/\W/g, "-"), bytes: 90_000 });
  return storedImage(name, [layer], platform === "" ? undefined : platformOf(platform));
}

function platformOf(text: string) {
  const [os = "", architecture = "", variant] = text.split("/");
  return { os, architecture, ...(variant !== undefined && { variant }) };
}

for (const pair of await pairsForRelay()) {
  realTest(
    `${pair.name}: takes what it would take by itself of an index`,
    pair.reason,
    async (t) => {
      await using pulls = await startRelayedPulls(pair);
      await using registry = await startImages();
      const indexOf = (name: string, platforms: readonly string[]) => {
        const images = platforms.map((platform, at) => imageFor(`${name}-${at}`, platform));
        const index = storedIndex(images.map((image, at) => {
          const platform = platforms[at] ?? "";
          return { image, platform: platform === "" ? undefined : platformOf(platform) };
        }));
        return { images, index };
      };
      const stateOf = async (reference: string) => {
        const signal = AbortSignal.timeout(60_000);
        return (await pulls.runtime.check([reference], { signal })).get(reference)?.state;
      };
      const assertTaken = async (reference: string, image: StoredImage, digest: string) => {
        const outcome = await pulls.pull(reference);
        assert(outcome.result === "pulled", JSON.stringify(outcome));
        assertEquals(outcome.digest, digest);
        assertEquals(await stateOf(reference), "usable");
        const { stdout } = await pulls.containerd.ctr("content", "ls", "-q");
        for (const { digest } of image.layers) assert(stdout.includes(digest), "another was taken");
      };
      for (const [at, { what, platforms, chosen }] of CASES.entries()) {
        await t.step(what, async () => {
          const { images, index } = indexOf(`test/index-${at}:1`, platforms);
          registry.addIndex(`test/index-${at}:1`, index, images);
          const reference = `${registry.host}/test/index-${at}:1`;
          const image = images[chosen ?? -1];
          if (image === undefined) {
            assertFailed(await pulls.pull(reference), "no_platform");
            // ctr 2.x says then that all went well.
            await pulls.containerd.ctr("images", "pull", "--plain-http", reference);
            assert(await stateOf(reference) !== "usable", "ctr by itself has pulled it");
          } else {
            await assertTaken(reference, image, index.digest);
          }
          await pulls.assertNothingLeft(reference);
          await pulls.removeAll();
        });
      }

      await t.step("that an index leads to", async () => {
        const { images, index } = indexOf("test/inner:1", [ATTESTATION, OTHER, HERE]);
        const outer = storedIndex([{ image: { manifest: index }, platform: platformOf(HERE) }]);
        registry.addIndex("test/inner:1", index, images);
        registry.addIndex("test/outer:1", outer, []);
        const [, , image] = images;
        assert(image !== undefined);
        await assertTaken(`${registry.host}/test/outer:1`, image, outer.digest);
        await pulls.removeAll();
      });
    },
  );
}
