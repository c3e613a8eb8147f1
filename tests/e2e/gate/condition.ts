import { assertEquals } from "@std/assert";
import { must } from "../../harness/cluster/cluster.ts";
import { waitUntil } from "../../harness/wait.ts";
import type { GatedCluster } from "./gated.ts";
import { conditionOf } from "./limits.ts";
import { OLD } from "./nodes.ts";

/** A node that has what is due there says so in its status, and kubelet's own writing leaves that. */
export async function conditionStays(gated: GatedCluster): Promise<void> {
  await waitUntil(
    `${OLD} has the condition`,
    async () => (await conditionOf(gated, OLD)).startsWith("True "),
    { everyMs: 300 },
  );
  const condition = await conditionOf(gated, OLD);
  let last = await heartbeat(gated);
  for (let times = 0; times < 2; times++) {
    const before = last;
    await waitUntil("kubelet has written the node's status", async () => {
      last = await heartbeat(gated);
      return last !== before;
    }, { everyMs: 300 });
  }
  assertEquals(await conditionOf(gated, OLD), condition);
}

async function heartbeat({ test }: GatedCluster): Promise<string> {
  const path = 'jsonpath={.status.conditions[?(@.type=="Ready")].lastHeartbeatTime}';
  return await must(test.cluster.kubectl("get", "node", OLD, "-o", path));
}
