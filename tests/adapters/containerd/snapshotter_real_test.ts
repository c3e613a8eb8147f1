import { assertEquals, assertRejects } from "@std/assert";
import { RuntimeUnavailableError } from "../../../mod/pure/pulls/runtime_errors.ts";
import { assertFailed } from "../../harness/asserts.ts";
import { pushImage } from "../../harness/images/images.ts";
import { snapshotterConfig } from "../../harness/servers/containerd_config.ts";
import { openCriClient } from "../../harness/servers/cri_client.ts";
import { realTest } from "../../harness/servers/skipping.ts";
import { never } from "../../harness/signals.ts";
import { within } from "../../harness/wait.ts";
import { containerdPairs, startContainerdHarness } from "./harness.ts";

for (const pair of await containerdPairs()) {
  realTest(`${pair.name} unpacks for kubelet's snapshotter`, pair.reason, async () => {
    const extraConfig = snapshotterConfig(pair.version, "native");
    await using harness = await startContainerdHarness(pair, { extraConfig });
    const { containerd, runtime, image } = harness;
    using kubelet = openCriClient(containerd.address);
    await kubelet.pull(image);
    const made = ["containers", "create", "--snapshotter", "native", image, "of-kubelet"];
    assertEquals((await containerd.ctr(...made)).code, 0);

    const found = await within(runtime.check([image], { signal: never() }));
    assertEquals(found.get(image)?.state, "usable", "what kubelet pulled is warm as it is");
    assertEquals(runtime.snapshotter, "native");

    // Once small enough for the daemon, and once not.
    for (const bytes of [100_000, 20_000_000]) {
      const repository = `ours-${bytes}`;
      const layers = [{ name: "base", bytes: 200_000 }, { name: repository, bytes }];
      await pushImage(harness.registry, { repository, tag: "1", layers });
      const ours = `${harness.front.host}/${repository}:1`;
      const outcome = await within(runtime.pull(ours, { signal: never() }));
      assertEquals(outcome.result, "pulled", JSON.stringify(outcome));
      harness.front.forgetRequests();
      await kubelet.pull(ours);
      const blobs = harness.front.requests().filter(({ path }) => path.includes("/blobs/"));
      assertEquals(blobs, [], "kubelet has it");
    }
    const overlay = await containerd.ctr("snapshots", "--snapshotter", "overlayfs", "ls");
    assertEquals(overlay.stdout.trim().split("\n").length, 1, "nothing but the header");
  });

  realTest(`${pair.name} is not told to pull for a lazy snapshotter`, pair.reason, async () => {
    await using harness = await startContainerdHarness(pair, { snapshotter: "stargz" });
    for (let time = 0; time < 2; time++) {
      const outcome = await within(harness.runtime.pull(harness.image, { signal: never() }));
      assertFailed(outcome, "lazy_snapshotter");
    }
    assertEquals(harness.front.requests(), []);
    assertEquals(harness.logger.lines.map(({ level }) => level), ["warn"], "said once");
  });

  realTest(`${pair.name} does not know a snapshotter that is none`, pair.reason, async () => {
    await using harness = await startContainerdHarness(pair, { snapshotter: "overlay2" });
    await harness.containerd.ctr("images", "pull", "--plain-http", harness.image);
    await assertRejects(
      () => within(harness.runtime.check([harness.image], { signal: never() })),
      RuntimeUnavailableError,
      "check --snapshotter",
    );
  });
}
