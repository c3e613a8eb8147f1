import { assert, assertEquals } from "@std/assert";
import { must } from "../../harness/cluster/cluster.ts";
import { slowCables } from "../../harness/cluster/slow_cables.ts";
import { appOf, deploymentOf, sleeping } from "../../harness/cluster/workloads.ts";
import { busyboxLayer } from "../../harness/images/pod_images.ts";
import { printProgress } from "../../harness/print.ts";
import { waitUntil } from "../../harness/wait.ts";
import { eventOf } from "../held_pods.ts";
import type { GatedCluster } from "./gated.ts";
import { ImageEvents } from "./image_events.ts";
import { COLD, COLD_TOO, IN_LATE, LATE, LATE_SPEC, noSchedule, OTHER } from "./nodes.ts";

const MB = 1_000_000;
/** What a new node's cable lets through: a registry that is not next door. */
const MEGABYTES_PER_SECOND = 20;
const APP = "gate-app";
/** Of the image that the pods are about. */
const APP_BYTES = 200 * MB;
/** Takes seconds: nothing of it is unpacked between the last due image and the gate's opening. */
const IDLE_BYTES = 100 * MB;

/**
 * A node joins with two taints of ours and one of another's. Pods wait for it until all that is due
 * there is usable, ours are gone then, and they start without a pull.
 */
export async function joinsCold(gated: GatedCluster): Promise<void> {
  const { test } = gated;
  const base = await busyboxLayer();
  const push = (name: string, bytes: number) =>
    test.push(`gate/${name}`, 0, { layers: [base, { name, bytes }] });
  const [daemon, app] = [await push("daemon", MB), await push("app", APP_BYTES)];
  await test.apply(
    appOf("DaemonSet", "gate-daemon", sleeping(daemon, IN_LATE)),
    appOf("Deployment", APP, sleeping(app, IN_LATE)),
    deploymentOf("gate-idle", sleeping(await push("idle", IDLE_BYTES), IN_LATE)),
  );

  const began = Date.now();
  const taints = noSchedule(COLD, COLD_TOO, OTHER);
  await test.cluster.addNode({ ...LATE_SPEC, name: LATE, taints });
  await using _held = await slowCables(test.cluster, [LATE], MEGABYTES_PER_SECOND);
  await using events = await ImageEvents.follow(test, LATE);
  const ready = await gated.untilReady(LATE, began);
  await waitUntil("the pod waits for the taint", async () => {
    const path = '{..status.conditions[?(@.type=="PodScheduled")].message}';
    const get = ["get", "pods", `--selector=app=${APP}`, "-o", `jsonpath=${path}`];
    return /untolerated taint/.test(await must(test.cluster.kubectl(...get)));
  }, { everyMs: 200 });
  for (const key of [COLD, COLD_TOO, OTHER]) {
    assert((await gated.taintsOf(LATE)).includes(key), `${key} is there while ${app} is missing`);
  }

  const open = await gated.untilOpen(LATE, began);
  const before = await test.requestsFor("gate/app");
  const usableMs = events.usableMs([daemon, app], open.atMs);
  assert(await test.isWarm(LATE, daemon) && await test.isWarm(LATE, app), "all due are usable");
  const running = await gated.untilRunning(APP, open.atMs);
  await gated.untilRunning("gate-daemon", open.atMs);
  for (const name of [APP, "gate-daemon"]) await startedWarm(gated, name);
  assertEquals(await test.requestsFor("gate/app"), before, "its pod asked no registry");
  assertEquals(await gated.taintsOf(LATE), [OTHER], "the taint of others stays");
  await pulledBefore(gated, ["gate/daemon", "gate/app"], "gate/idle");

  const writes = await gated.writesBesideLease(began);
  printProgress(`API writes of the controller for a node that joins: ${writes.length}`);
  assertEquals(writes.map(({ verb, resource, name, status }) => [verb, resource, name, status]), [
    ["patch", "nodes", LATE, 200],
  ]);
  printProgress(`last due image usable → taint gone: ${secondsOf(usableMs, open.atMs)}`);
  printProgress(
    `Ready → pod of a ${APP_BYTES / MB} MB image runs, ${MEGABYTES_PER_SECOND} MB/s, gated: ` +
      `${secondsOf(ready.atMs, running.atMs)}, of these ${secondsOf(open.atMs, running.atMs)} ` +
      "after the gate had opened",
  );
}

/** The same node without our taint: its pods come at once, and wait for their images there. */
export async function joinsUngated(gated: GatedCluster): Promise<void> {
  const { test } = gated;
  await test.sh("kubectl delete deployment gate-idle"); // nothing shares the cable with the app
  await test.cluster.replaceNode(LATE, { ...LATE_SPEC, taints: noSchedule(OTHER) });
  const began = Date.now(); // what was seen before was of the old one
  await using _held = await slowCables(test.cluster, [LATE], MEGABYTES_PER_SECOND);
  const ready = await gated.untilReady(LATE, began);
  const running = await gated.untilRunning(APP, ready.atMs);
  printProgress(`the same on a node that is not gated: ${secondsOf(ready.atMs, running.atMs)}`);
  assertEquals(await gated.writesTo(LATE, began), [], "a node without our taints is left alone");
  await test.sh(`kubectl delete deployment ${APP} --cascade=foreground`);
}

/** Kubelet says of the pod of a workload that its image was there. */
export async function startedWarm({ test }: GatedCluster, app: string): Promise<void> {
  const pod = await test.sh(`kubectl get pods --selector=app=${app} -o name`);
  await eventOf(test, pod.trim(), /already present on machine/, "default");
}

/** What is not due was asked for after the last answer about what is: that has the whole line. */
async function pulledBefore(
  { test }: GatedCluster,
  due: readonly string[],
  idle: string,
): Promise<void> {
  const isPull = (userAgent: string) => /^(containerd\/|warm-images)/.test(userAgent);
  const answered = async (repositories: readonly string[]) =>
    (await test.cluster.registryRequests()).flatMap(({ path, userAgent }, place) => {
      const isOf = repositories.some((repository) => path.startsWith(`/v2/${repository}/`));
      return isOf && isPull(userAgent) ? [place] : [];
    });
  await waitUntil(`${idle} is pulled too`, async () => (await answered([idle])).length > 0);
  const [first = -1] = await answered([idle]);
  const last = (await answered(due)).at(-1) ?? Infinity;
  assert(last < first, `${due.join(" and ")} before ${idle}`);
}

/** "1.2 s", with a sign where the end comes first. */
export function secondsOf(fromMs: number, toMs: number): string {
  return `${((toMs - fromMs) / 1000).toFixed(2)} s`;
}
