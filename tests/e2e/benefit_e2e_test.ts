import { assert, assertEquals } from "@std/assert";
import { must } from "../harness/cluster/cluster.ts";
import type { NodeSpec } from "../harness/cluster/node_spec.ts";
import {
  NAMESPACE,
  RELEASE,
  startTestCluster,
  type TestCluster,
} from "../harness/cluster/test_cluster.ts";
import { whyNoTestCluster } from "../harness/cluster/why_no_test_cluster.ts";
import { deploymentOf, sleeping } from "../harness/cluster/workloads.ts";
import { busyboxLayer } from "../harness/images/pod_images.ts";
import { printProgress } from "../harness/print.ts";
import { startFaultRegistry } from "../harness/servers/fault_registry.ts";
import { realTest } from "../harness/servers/skipping.ts";
import { waitUntil } from "../harness/wait.ts";
import {
  manyPods,
  type OwnPullSeconds,
  type PodPlan,
  podsOf,
  type Starts,
  trueStarts,
} from "./many_pods.ts";
import { trustPlain } from "../harness/cluster/plain_registry.ts";

/** As many pulls at a time as an agent has: what both take for each may be compared. */
const NODE: NodeSpec = { kubelet: { serializeImagePulls: false, maxParallelImagePulls: 3 } };
const NODES = ["node-0", "node-1"];
/**
 * A layer of its own in each image, which comes in three seconds. Where kubelet asks the registry again
 * it has to be longer: a question counts as a pull from half of a pull's time on, and on a busy machine
 * questions take more than a second.
 */
const LAYER_BYTES = { once: 3_000_000, always: 12_000_000 };
const BYTES_PER_SECOND = 1_000_000;
/** So many pods start at a time: with as many pulls at a time as agents had, or none to speak of. */
const BATCHES = { cold: 3 * NODES.length, warm: 20 };

realTest(
  "of 200 pods the controller counts who waited, for how long, and what warm ones saved",
  await whyNoTestCluster(),
  async () => {
    await using test = await startTestCluster([{ ...NODE }, { ...NODE, containerd: "2.4" }]);
    await test.install("kinds=auto Event");
    const upstream = await test.cluster.registry();
    const hostname = upstream.slice(0, upstream.lastIndexOf(":"));
    await using front = startFaultRegistry({ upstream, hostname });
    front.mode = { fault: "slow", bytesPerSecond: BYTES_PER_SECOND };
    for (const node of NODES) await trustPlain(test, node, front.host);
    // What all of them share is there before.
    await test.apply(deploymentOf("base", sleeping(test.images.busybox)));
    await test.untilWarm(test.images.busybox, NODES);

    const plans = manyPods({ nodes: NODES, image: (name) => `${front.host}/${name}:1` });
    await pushAll(test, plans);
    await warmUp(test, plans);
    const before = await counted(test); // the chart's own pods, those that started late
    await startAll(test, plans.filter(({ isWarm }) => !isWarm), BATCHES.cold);
    await startAll(test, plans.filter(({ isWarm }) => isWarm), BATCHES.warm);
    const events = await pulledEvents(test);
    // For tests/pure/benefit/pulled_texts.ts.
    for (const begin of ["Container image", "Successfully pulled"]) {
      const text = events.find(({ message }) => String(message).startsWith(begin))?.["message"];
      printProgress(`kubelet writes: ${text}`);
    }
    await compare(test, trueStarts(plans, events, await ownPulls(test)), before);
  },
);

async function pushAll(test: TestCluster, plans: readonly PodPlan[]): Promise<void> {
  const base = await busyboxLayer();
  const always = new Set(plans.filter(({ always }) => always).map(({ image }) => image));
  for (const image of new Set(plans.map(({ image }) => image))) {
    const bytes = LAYER_BYTES[always.has(image) ? "always" : "once"];
    const name = nameOf(image);
    await test.push(name, 0, { layers: [base, { name, bytes }] });
  }
}

const nameOf = (image: string) => image.replace(/^[^/]+\/|:1$/g, "");

/** The agents pull what warm pods will start from. */
async function warmUp(test: TestCluster, plans: readonly PodPlan[]): Promise<void> {
  const images = [...new Set(plans.filter(({ isWarm }) => isWarm).map(({ image }) => image))];
  await test.apply(
    ...images.map((image) => deploymentOf(nameOf(image).replace("/", "-"), sleeping(image))),
  );
  for (const image of images) await test.untilWarm(image, NODES);
}

async function startAll(test: TestCluster, plans: readonly PodPlan[], atOnce: number) {
  for (let at = 0; at < plans.length; at += atOnce) {
    await runPods(test, plans.slice(at, at + atOnce));
  }
  printProgress(`${plans.length} pods have started`);
}

/** Starts pods; each has ended, or its container was restarted, when this resolves. */
async function runPods(test: TestCluster, plans: readonly PodPlan[]): Promise<void> {
  await test.apply(...podsOf(plans));
  await waitUntil("all pods have started", async () => {
    const path = "{range .items[*]}{.metadata.name} {.status.phase} " +
      "{.status.containerStatuses[0].restartCount}{'\\n'}{end}";
    const printed = await must(test.cluster.kubectl("get", "pods", "-o", `jsonpath=${path}`));
    const isDone = (name: string, restarts: boolean) =>
      new RegExp(restarts ? `^${name} \\w+ [1-9]` : `^${name} Succeeded `, "m").test(printed);
    return plans.every(({ name, restarts }) => isDone(name, restarts));
  }, { timeoutMs: 300_000, everyMs: 500 });
  await must(test.cluster.kubectl(
    ...["delete", "pods", "--wait=false", "--grace-period=0", "--force"],
    ...plans.map(({ name }) => name),
  ));
}

async function pulledEvents(test: TestCluster): Promise<Record<string, unknown>[]> {
  const printed = await must(test.cluster.kubectl(
    ...["get", "events", "--namespace=default", "-o", "json"],
    ...["--field-selector", "reason=Pulled,involvedObject.kind=Pod"],
  ));
  return JSON.parse(printed).items;
}

/** What the agents themselves say of their pulls. */
async function ownPulls(test: TestCluster): Promise<OwnPullSeconds> {
  const seconds = new Map<string, number>();
  for (const node of NODES) {
    const printed = await test.sh(
      `kubectl --namespace ${NAMESPACE} exec deployment/${RELEASE}-warm-images-controller -- ` +
        `warm-images-controller status ${node} --output json`,
    );
    const [{ has }] = JSON.parse(printed).nodes;
    for (const { image, pullSeconds = 0 } of has) seconds.set(`${node} ${image}`, pullSeconds);
  }
  return (node, image) => seconds.get(`${node} ${image}`) ?? 0;
}

/** What the controllers have counted. */
interface Counted {
  readonly warm: number;
  readonly cold: number;
  readonly waits: number;
  readonly waitedSeconds: number;
  readonly savedSeconds: number;
}

async function counted(test: TestCluster): Promise<Counted> {
  const texts = await Promise.all(
    (await test.pods("controller")).map((pod) => metricsOf(test, pod)),
  );
  const sum = (name: string) => {
    const values = texts.map((text) => new RegExp(`^${name} (\\S+)$`, "m").exec(text)?.[1] ?? "0");
    return values.reduce((total, value) => total + Number(value), 0);
  };
  const starts = (result: string) => sum(`warm_images_container_starts_total{result="${result}"}`);
  return {
    warm: starts("warm"),
    cold: starts("cold"),
    waits: sum("warm_images_wait_seconds_count"),
    waitedSeconds: sum("warm_images_wait_seconds_sum"),
    savedSeconds: sum("warm_images_saved_seconds_total"),
  };
}

async function compare(test: TestCluster, truth: Starts, before: Counted): Promise<void> {
  await waitUntil("all starts are counted", async () => {
    return (await counted(test)).waits - before.waits >= 0.99 * (truth.warm + truth.cold);
  }, { everyMs: 1_000 });
  const now = await counted(test);
  const warm = now.warm - before.warm;
  const cold = now.cold - before.cold;
  const waited = now.waitedSeconds - before.waitedSeconds;
  const saved = now.savedSeconds - before.savedSeconds;
  printProgress(
    `counted ${warm} warm and ${cold} cold starts of ${truth.warm} and ${truth.cold}; waited ` +
      `${waited.toFixed(1)} s of ${truth.waitedSeconds.toFixed(1)} s; a warm start saves ` +
      `${(saved / truth.warm).toFixed(2)} s, a pull of kubelet's takes ` +
      `${truth.meanPullSeconds.toFixed(2)} s`,
  );
  const isNear = (what: string, value: number, expected: number, share: number) =>
    assert(Math.abs(value - expected) <= share * expected, `${what}: ${value} for ${expected}`);
  isNear(`with ${cold} cold starts, warm ones`, warm, truth.warm, 0.01);
  isNear("cold starts", cold, truth.cold, 0.01);
  isNear("seconds waited", waited, truth.waitedSeconds, 0.1);
  isNear("seconds saved", saved, truth.savedSeconds, 0.01);
  assertEquals(truth.warm + truth.cold, truth.pods);
}

async function metricsOf(test: TestCluster, pod: string): Promise<string> {
  const address = await must(test.cluster.kubectl(
    ...["--namespace", NAMESPACE, "get", pod, "-o", "jsonpath={.status.podIP}"],
  ));
  return await (await fetch(`http://${address}:8080/metrics`)).text();
}
