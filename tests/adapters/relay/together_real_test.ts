import { assert, assertEquals } from "@std/assert";
import { generatedLayer } from "../../harness/servers/stored_blob.ts";
import { storedImage } from "../../harness/servers/stored_image.ts";
import { openCriClient } from "../../harness/servers/cri_client.ts";
import type { ScriptedRequest } from "../../harness/servers/scripted_registry.ts";
import { realTest } from "../../harness/servers/skipping.ts";
import { waitUntil, within } from "../../harness/wait.ts";
import { pairsForRelay, SMALL, startImages, startRelayedPulls } from "./relayed_pulls.ts";

const isLayer = ({ target }: ScriptedRequest) => target === SMALL.layers[0]?.digest;

const pairs = await pairsForRelay();

for (const pair of pairs.filter(({ version }) => version === "2.3")) {
  realTest(
    `${pair.name}: 64 pulls at once all arrive`,
    pair.reason,
    async () => {
      // containerd waits for the disk after each step of each of them.
      await using pulls = await startRelayedPulls(pair, { pullIdleTimeoutMs: 300_000 });
      await using registry = await startImages();
      const images = Array.from({ length: 64 }, (_, n) => {
        const own = generatedLayer({ name: `own-${n}`, bytes: 20_000 + n });
        const image = storedImage(`test/many-${n}:1`, [own]);
        registry.add(`test/many-${n}:1`, image);
        return { reference: `${registry.host}/test/many-${n}:1`, image };
      });
      await Promise.all(images.map(({ reference, image }) => pulls.assertPulls(reference, image)));
      await pulls.assertNothingLeft(images[0]?.reference ?? "");
    },
  );
}

for (const pair of pairs) {
  realTest(
    `${pair.name}: kubelet pulls the same image, and neither hinders the other`,
    pair.reason,
    async (t) => {
      await using pulls = await startRelayedPulls(pair);
      await using registry = await startImages({ bytesPerSecond: 1_500_000 });
      using kubelet = openCriClient(pulls.containerd.address);
      const reference = `${registry.host}/test/small:1`;
      const layerIsAskedFor = () => registry.requests().some(isLayer);
      const orders = [
        ["after us", () => pulls.assertPulls(reference, SMALL), () => kubelet.pull(reference)],
        ["before us", () => kubelet.pull(reference), () => pulls.assertPulls(reference, SMALL)],
      ] as const;
      for (const [what, first, second] of orders) {
        await t.step(what, async () => {
          registry.forgetRequests();
          const begun = first();
          await waitUntil("the layer is asked for", layerIsAskedFor);
          await within(Promise.all([begun, second()]));
          assert((await kubelet.status(reference)) !== undefined);
          const seen = await pulls.runtime.check([reference], {
            signal: AbortSignal.timeout(60_000),
          });
          assertEquals(seen.get(reference)?.state, "usable");
          await pulls.assertNothingLeft(reference);
          await pulls.removeAll();
        });
      }
    },
  );
}
