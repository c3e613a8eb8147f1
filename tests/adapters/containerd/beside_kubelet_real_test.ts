import { assertEquals } from "@std/assert";
import { parseDownloads } from "../../../mod/pure/pulls/ctr_output.ts";
import { pushImage } from "../../harness/images/images.ts";
import type { TestContainerd } from "../../harness/servers/containerd.ts";
import { openCriClient } from "../../harness/servers/cri_client.ts";
import type { FaultMode } from "../../harness/servers/fault_mode.ts";
import { realTest } from "../../harness/servers/skipping.ts";
import { waitUntil, within } from "../../harness/wait.ts";
import { type ContainerdHarness, pairsForFaults, startContainerdHarness } from "./harness.ts";

const LAYERS = ["a", "b", "c", "d"].map((name) => ({ name, bytes: 5_000_000 }));

const HELD: readonly (readonly [what: string, mode: FaultMode])[] = [
  // So that they would take minutes.
  ["four slow layers", { fault: "slow", bytesPerSecond: 50_000 }],
  ["four bodies that hang", { fault: "stall", afterBytes: 100_000 }],
];

// A daemon 2.x downloads three blobs at a time, for whoever asks: with ours in these places a pod's
// image of 10 MB took 27.5 s instead of 0.25 s.
for (const pair of await pairsForFaults()) {
  for (const [what, mode] of HELD) {
    for (const withRelay of [true, false]) {
      const how = withRelay ? "relayed" : "direct";
      realTest(
        `${pair.name}: kubelet pulls past ${what} of ours, ${how}`,
        pair.reason,
        async () => {
          await using harness = await startContainerdHarness(pair, { withRelay });
          await assertKubeletGoesFirst(harness, mode);
        },
      );
    }
  }
}

async function assertKubeletGoesFirst(harness: ContainerdHarness, mode: FaultMode): Promise<void> {
  const { runtime, registry, front, containerd } = harness;
  await pushImage(registry, { repository: "test/large", tag: "1", layers: LAYERS });
  const cold = { repository: "test/cold", tag: "1", layers: [{ name: "cold", bytes: 10_000_000 }] };
  const { reference } = await pushImage(registry, cold);
  using kubelet = openCriClient(containerd.address);
  front.mode = mode;
  const stop = new AbortController();
  const order: string[] = [];
  const ours = runtime.pull(`${front.host}/test/large:1`, { signal: stop.signal })
    .then(({ result }) => order.push(`ours: ${result}`));
  try {
    const isOurs = (ref: string) => ref.startsWith("layer-");
    const downloads = async () => (await ingestsOf(containerd)).filter(isOurs);
    // Not more than three at a time, where the daemon does it.
    await waitUntil("our layers are under way", async () => (await downloads()).length >= 3);
    const before = await downloads();
    await within(kubelet.pull(reference).then(() => order.push("kubelet's: pulled")));
    const after = await downloads();
    assertEquals(before.filter((ref) => !after.includes(ref)), [], "kubelet waited for ours");
  } finally {
    stop.abort();
    await within(ours);
  }
  assertEquals(order, ["kubelet's: pulled", "ours: cancelled"]);
}

async function ingestsOf(containerd: TestContainerd): Promise<string[]> {
  return parseDownloads((await containerd.ctr("content", "active")).stdout).map(({ ref }) => ref);
}
