import type { TestCluster } from "../../harness/cluster/test_cluster.ts";
import { waitUntil } from "../../harness/wait.ts";
import { warmsNew } from "../warms_new.ts";
import { WORKERS } from "./pools.ts";

/** A node on which images are taken away, to see whether they come back. */
const [NODE] = WORKERS;

/** Images that are taken away stay away, while what is wanted later comes. */
export async function untilUnwanted(test: TestCluster, images: readonly string[]): Promise<void> {
  await waitUntil(`nobody wants ${images.join(", ")}`, async () => {
    for (const image of images) await test.cluster.ctr(NODE, "images", "rm", "--sync", image);
    await warmsNew(test, `unwanted/${crypto.randomUUID().slice(0, 8)}`, {
      name: "unwanted",
      nodes: [NODE],
    });
    const warm = await Promise.all(images.map((image) => test.isWarm(NODE, image)));
    return !warm.includes(true);
  });
}
