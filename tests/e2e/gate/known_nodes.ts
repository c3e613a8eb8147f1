import { assert, assertEquals } from "@std/assert";
import { must } from "../../harness/cluster/cluster.ts";
import { NAMESPACE, RELEASE } from "../../harness/cluster/test_cluster.ts";
import { appOf, sleeping } from "../../harness/cluster/workloads.ts";
import { busyboxLayer } from "../../harness/images/pod_images.ts";
import type { FaultRegistry } from "../../harness/servers/fault_registry.ts";
import { waitUntil } from "../../harness/wait.ts";
import { killLeader, leaderOf } from "../leader.ts";
import { trustPlain } from "../../harness/cluster/plain_registry.ts";
import { controllersSay } from "./controllers.ts";
import type { GatedCluster } from "./gated.ts";
import { startedWarm } from "./joins_cold.ts";
import { COLD, IN_LATE, IN_OLD, LATE, LATE_SPEC, noSchedule, OLD, OTHER } from "./nodes.ts";

/** Slow enough that a pull is seen in the middle. */
const CRAWL = { fault: "slow", bytesPerSecond: 20_000 } as const;

/**
 * A taint that somebody sets on an old node does nothing to its pods, and goes once what is due is
 * there; an image that does not exist is named and not waited for.
 */
export async function taintedByHand(gated: GatedCluster, front: FaultRegistry): Promise<void> {
  const { test } = gated;
  await trustPlain(test, OLD, front.host);
  const image = await pushBehind(gated, front, "hand");
  const missing = `${front.host}/gate/missing:1`;
  front.mode = CRAWL;
  await test.apply(
    appOf("Deployment", "gate-hand", sleeping(image, IN_OLD)),
    appOf("Deployment", "gate-missing", sleeping(missing, IN_OLD)),
  );
  await untilPulling(front, "gate/hand");
  await waitUntil(
    "kubelet has told of all pods",
    async () => (await podsOn(gated, OLD)).every((pod) => / \d+$/.test(pod)),
  );
  const pods = await podsOn(gated, OLD);

  const began = Date.now();
  await must(test.cluster.kubectl("taint", "node", OLD, `${COLD}:NoSchedule`)); // without a value
  await controllersSay(test, began, "Node takes no pods until it is warm", OLD);
  assertEquals(await gated.taintsOf(OLD), [COLD]);
  front.mode = { fault: "none" };
  await gated.untilOpen(OLD, began);
  assert(await test.isWarm(OLD, image), "what is due is usable");
  await controllersSay(test, began, "Opened the gate of a node", OLD, missing, "not_found");
  assertEquals(await podsOn(gated, OLD), pods, "its pods run on");
  assertEquals((await gated.writesTo(OLD, began)).length, 1);
  await test.sh("kubectl delete deployment gate-missing gate-hand --cascade=foreground");
}

/**
 * A new machine takes a node's name: what the old one reported counts for nothing. The controller that
 * leads is killed meanwhile, and the other goes on.
 */
export async function replaced(gated: GatedCluster, front: FaultRegistry): Promise<void> {
  const { test } = gated;
  const image = await pushBehind(gated, front, "again");
  await trustPlain(test, LATE, front.host);
  await test.apply(appOf("Deployment", "gate-again", sleeping(image, IN_LATE)));
  await must(test.cluster.kubectl("taint", "node", LATE, `${OTHER}-`));
  await test.untilWarm(image, [LATE]);
  // By its last report, the machine that goes has all that will be due on the next.
  await test.sh(
    `kubectl --namespace ${NAMESPACE} exec deployment/${RELEASE}-warm-images-controller -- ` +
      "warm-images-controller status --wait --timeout 3m",
  );
  front.mode = CRAWL;
  front.forgetRequests();

  const began = Date.now();
  const spec = { ...LATE_SPEC, plainRegistries: [front.host] };
  await test.cluster.replaceNode(LATE, { ...spec, taints: noSchedule(COLD) });
  await untilPulling(front, "gate/again");
  const killed = await killLeader(test);
  await waitUntil("another one leads", async () => await leaderOf(test) !== killed);
  assert((await gated.taintsOf(LATE)).includes(COLD), "its gate is shut: the image is missing");
  front.mode = { fault: "none" };
  const open = await gated.untilOpen(LATE, began);
  assert(await test.isWarm(LATE, image), "what is due is usable");
  await gated.untilRunning("gate-again", open.atMs);
  await startedWarm(gated, "gate-again");
  assertEquals((await gated.writesTo(LATE, began)).length, 1, "one controller opened it, once");
}

/** An image of the cluster's registry, named so that it is pulled by way of the other one. */
async function pushBehind({ test }: GatedCluster, front: FaultRegistry, name: string) {
  const layers = [await busyboxLayer(), { name, bytes: 500_000 }];
  await test.push(`gate/${name}`, 0, { layers });
  return `${front.host}/gate/${name}:1`;
}

async function untilPulling(front: FaultRegistry, repository: string): Promise<void> {
  await waitUntil(
    `a layer of ${repository} is being pulled`,
    () => front.requests().some(({ path }) => path.startsWith(`/v2/${repository}/blobs/`)),
  );
}

/** Name, id and restarts of every pod of a node, but those that wait for an image for ever. */
async function podsOn({ test }: GatedCluster, node: string): Promise<string[]> {
  const path = "{range .items[*]}{.metadata.name} {.metadata.uid} " +
    '{.status.containerStatuses[0].restartCount}{"\\n"}{end}';
  const printed = await must(test.cluster.kubectl(
    ...["get", "pods", "--all-namespaces", `--field-selector=spec.nodeName=${node}`],
    ...["-o", `jsonpath=${path}`],
  ));
  return printed.trim().split("\n").toSorted();
}
