import { assertEquals, assertRejects } from "@std/assert";
import { openCtrPins } from "../../../mod/adapters/containerd/ctr_pins.ts";
import { RuntimeUnavailableError } from "../../../mod/pure/pulls/runtime_errors.ts";
import { honoursPins } from "../../../mod/pure/pulls/pin_choice.ts";
import { openCriClient } from "../../harness/servers/cri_client.ts";
import { realTest } from "../../harness/servers/skipping.ts";
import { never } from "../../harness/signals.ts";
import { obtainTool } from "../../harness/tools/tools.ts";
import { waitUntil } from "../../harness/wait.ts";
import { containerdPairs, startContainerdHarness } from "./harness.ts";

const SINCE = Date.parse("2026-11-26T21:00:00Z");
const signal = never();

for (const pair of await containerdPairs()) {
  realTest(`${pair.name} keeps our pins, and only ours are taken back`, pair.reason, async () => {
    await using harness = await startContainerdHarness(pair);
    const { containerd, runtime, image } = harness;
    const ctr = await obtainTool(pair.ctr);
    const pins = openCtrPins({ address: containerd.address, namespace: "k8s.io", ctr });
    using kubelet = openCriClient(containerd.address);
    const untilKubeletSees = (pinned: boolean) =>
      waitUntil(
        `kubelet sees ${pinned ? "a" : "no"} pin`,
        async () => (await kubelet.status(image))?.pinned === pinned,
      );
    const heeded = honoursPins(pair.version);
    await runtime.pull(image, { signal });
    assertEquals((await pins.list({ signal })).size, 0);

    assertEquals(await pins.pin(image, { signal, warmSince: SINCE }), true);
    await untilKubeletSees(heeded);
    const ours = new Map([[image, { warmSince: SINCE, holds: true }]]);
    assertEquals(await pins.list({ signal }), ours);

    await containerd.restart();
    await untilKubeletSees(heeded);
    assertEquals(await pins.list({ signal }), ours, "kept over a restart");

    await kubelet.pull(image);
    await untilKubeletSees(false);
    assertEquals((await pins.list({ signal })).size, 0, "a pull wipes it");
    assertEquals(await pins.pin(image, { signal, warmSince: SINCE }), true);
    await untilKubeletSees(heeded);

    await pins.unpin(image, { signal, ended: true });
    await untilKubeletSees(false);
    assertEquals((await pins.list({ signal })).get(image), { warmSince: SINCE, holds: false });

    const another = ["images", "label", image, "io.cri-containerd.pinned=pinned"];
    assertEquals((await containerd.ctr(...another)).code, 0);
    assertEquals(await pins.pin(image, { signal, warmSince: SINCE }), false, "it is another's");
    await pins.unpin(image, { signal });
    await untilKubeletSees(heeded);
    assertEquals((await pins.list({ signal })).size, 0, "nothing of ours is left");
    const { stdout } = await containerd.ctr("images", "ls", `name==${image}`);
    assertEquals(stdout.includes("io.cri-containerd.pinned=pinned"), true, "theirs is");

    const gone = `${harness.front.host}/nobody:1`;
    assertEquals(await pins.pin(gone, { signal, warmSince: SINCE }), false);
    await pins.unpin(gone, { signal });
    await containerd.kill();
    await assertRejects(() => pins.list({ signal }), RuntimeUnavailableError);
  });
}
