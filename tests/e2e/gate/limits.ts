import { assert, assertEquals } from "@std/assert";
import { must } from "../../harness/cluster/cluster.ts";
import { NAMESPACE, RELEASE } from "../../harness/cluster/test_cluster.ts";
import { appOf, sleeping } from "../../harness/cluster/workloads.ts";
import type { FaultRegistry } from "../../harness/servers/fault_registry.ts";
import { printProgress } from "../../harness/print.ts";
import { waitUntil } from "../../harness/wait.ts";
import { killLeader } from "../leader.ts";
import type { GatedCluster } from "./gated.ts";
import { secondsOf } from "./joins_cold.ts";
import { COLD, IN_OLD, LATE, LATE_SPEC, noSchedule, OLD, withoutMachine } from "./nodes.ts";

/** Longer than it takes until another controller leads, whose leader was killed. */
export const LIMIT_SECONDS = 20;

/**
 * How much before the limit a gate may open: objects have times in whole seconds, and the API server's
 * clock is told in such as well.
 */
const CUT_MS = 2_000;

/**
 * At the limit the gate opens whatever is missing: with a registry that is out of reach, on a node that
 * no agent runs on, and with an agent that hangs. The controller that leads is killed right after they
 * came: the limit counts from there.
 */
export async function nothingComes(gated: GatedCluster, front: FaultRegistry): Promise<void> {
  const { test } = gated;
  await front.refuse();
  const began = Date.now();
  const spec = { ...LATE_SPEC, plainRegistries: [front.host] };
  await test.cluster.replaceNode(LATE, { ...spec, taints: noSchedule(COLD) });
  await test.apply(withoutMachine("without-agent"));
  await must(test.cluster.onNode(OLD, "pkill", "-STOP", "-x", "warm-images-age"));
  await test.apply(
    appOf("Deployment", "gate-stopped", sleeping(await test.push("gate/new"), IN_OLD)),
  );
  const taintedMs = Date.now();
  await must(test.cluster.kubectl("taint", "node", OLD, `${COLD}=:NoSchedule`));
  await killLeader(test);

  await opensAtLimit(gated, "dead registry", LATE, began);
  await opensAtLimit(gated, "no agent", "without-agent", began);
  await opensAtLimit(gated, "agent hangs, taint set by hand", OLD, taintedMs, taintedMs);
  assertEquals(await conditionOf(gated, LATE), "True LimitPassed");
  await test.cluster.onNode(OLD, "pkill", "-CONT", "-x", "warm-images-age");
  await test.sh("kubectl delete deployment gate-stopped");
  await test.sh("kubectl delete node without-agent");
  front.accept();
}

/** NATS is away from before the node joined until after its gate has opened. */
export async function natsIsAway(gated: GatedCluster): Promise<void> {
  const { test } = gated;
  const scale = `kubectl --namespace ${NAMESPACE} scale deployment/${RELEASE}-warm-images-nats`;
  await test.sh(`${scale} --replicas 0`);
  await waitUntil("NATS is gone", async () => (await test.pods("nats")).length === 0);
  const began = Date.now();
  await test.apply(withoutMachine("without-nats"));
  await opensAtLimit(gated, "no NATS", "without-nats", began);
  await test.sh("kubectl delete node without-nats");
  await test.sh(`${scale} --replicas 1`);
  await test.untilReady();
}

/** Status and reason of a node's condition WarmImagesReady. */
export async function conditionOf({ test }: GatedCluster, node: string): Promise<string> {
  const of = (field: string) => `{.status.conditions[?(@.type=="WarmImagesReady")].${field}}`;
  const path = `jsonpath=${of("status")} ${of("reason")}`;
  return await must(test.cluster.kubectl("get", "node", node, "-o", path));
}

/** `fromMs`: from when on its limit counts; default: when its object was made. */
async function opensAtLimit(
  gated: GatedCluster,
  what: string,
  node: string,
  sinceMs: number,
  fromMs?: number,
): Promise<void> {
  const open = await gated.untilOpen(node, sinceMs);
  const limitMs = (fromMs ?? await gated.createdMs(node)) + LIMIT_SECONDS * 1_000;
  printProgress(`${what}: taint gone after the limit by ${secondsOf(limitMs, open.atMs)}`);
  assert(open.atMs >= limitMs - CUT_MS, `${what}: before the limit`);
  await waitUntil(`all of ${node} is written`, async () => {
    const writes = await gated.writesTo(node, sinceMs);
    return writes.some(({ resource }) => resource === "nodes");
  });
}
