import { assert, assertEquals } from "@std/assert";
import { openCriClient } from "../../harness/servers/cri_client.ts";
import { realTest } from "../../harness/servers/skipping.ts";
import { never } from "../../harness/signals.ts";
import { waitUntil, within } from "../../harness/wait.ts";
import { pairsForFaults, startContainerdHarness } from "./harness.ts";

/** As EKS and GKE configure it: what is unpacked is not kept compressed as well. */
const DISCARDING = {
  1: '[plugins."io.containerd.grpc.v1.cri".containerd]\n  discard_unpacked_layers = true\n',
  2: '[plugins."io.containerd.cri.v1.images"]\n  discard_unpacked_layers = true\n',
};

for (const pair of await pairsForFaults()) {
  realTest(
    `${pair.name}: an image whose compressed layers are gone is warm, and stays so at a refresh`,
    pair.reason,
    async () => {
      const extraConfig = DISCARDING[pair.version.startsWith("1.") ? 1 : 2];
      await using harness = await startContainerdHarness(pair, { extraConfig });
      const { runtime, containerd, front, image } = harness;
      using kubelet = openCriClient(containerd.address);
      await within(kubelet.pull(image));
      await waitUntil("the compressed layers are gone", async () => {
        const { stdout } = await containerd.ctr("images", "check", `name=="${image}"`);
        return stdout.includes("incomplete");
      });

      const presence = (await runtime.check([image], { signal: never() })).get(image);
      assert(presence?.state === "usable", JSON.stringify(presence));
      front.forgetRequests();
      const known = presence.digest;
      const outcome = await within(runtime.pull(image, { signal: never(), known }));
      assertEquals(outcome, { result: "same" });
      assertEquals(front.requests().map(({ method }) => method), ["HEAD"]);
    },
  );
}
