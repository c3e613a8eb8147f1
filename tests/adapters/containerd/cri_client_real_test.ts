import { assertEquals, assertRejects } from "@std/assert";
import { pushImage } from "../../harness/images/images.ts";
import { containerdPairs } from "./harness.ts";
import { startContainerd } from "../../harness/servers/containerd.ts";
import { openCriClient } from "../../harness/servers/cri_client.ts";
import { startRegistry } from "../../harness/servers/registry.ts";
import { realTest } from "../../harness/servers/skipping.ts";

for (const { name, version, ctr, reason } of await containerdPairs()) {
  if (ctr === "ctr-of-image" && version !== "2.3") continue;
  realTest(`kubelet's side of ${name}: pulls, lists and removes`, reason, async () => {
    await using registry = await startRegistry();
    await using containerd = await startContainerd({ version });
    using kubelet = openCriClient(containerd.address);
    const image = { repository: "a", tag: "1", layers: [{ name: "own", bytes: 100_000 }] };
    const { reference } = await pushImage(registry, image);
    assertEquals(await kubelet.status(reference), undefined);
    const id = await kubelet.pull(reference);
    const seen = await kubelet.status(reference);
    assertEquals([seen?.id, seen?.repoTags, seen?.pinned], [id, [reference], false]);
    assertEquals((await kubelet.list()).map((each) => each.id), [id]);
    await kubelet.remove(reference);
    assertEquals(await kubelet.list(), []);
    await assertRejects(() => kubelet.pull(`${registry.host}/nobody:1`), Error, "not found");
  });
}
