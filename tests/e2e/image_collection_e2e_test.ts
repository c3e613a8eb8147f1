import { assert, assertEquals } from "@std/assert";
import { must } from "../harness/cluster/cluster.ts";
import type { NodeSpec } from "../harness/cluster/node_spec.ts";
import { startTestCluster, type TestCluster } from "../harness/cluster/test_cluster.ts";
import { whyNoTestCluster } from "../harness/cluster/why_no_test_cluster.ts";
import { cronJobOf, deploymentOf, podOn, sleeping } from "../harness/cluster/workloads.ts";
import { busyboxLayer } from "../harness/images/pod_images.ts";
import { startFaultRegistry } from "../harness/servers/fault_registry.ts";
import { realTest } from "../harness/servers/skipping.ts";
import { waitUntil } from "../harness/wait.ts";
import { trustPlain } from "../harness/cluster/plain_registry.ts";

/**
 * kubelet looks at the disk every 10 s for this, and every 5 minutes for its thresholds of garbage
 * collection: both delete the images that nobody uses, in the same way.
 */
const NODE: NodeSpec = {
  imageDisk: "4g",
  kubelet: {
    evictionHard: {
      "imagefs.available": "1Gi",
      "nodefs.available": "1%",
      "memory.available": "50Mi",
    },
    evictionPressureTransitionPeriod: "1s",
    imageMinimumGCAge: "1ms", // not even new images are spared
  },
};
const THRESHOLD_BYTES = 2 ** 30;
/** So far below the threshold the disk is filled: what nobody uses takes more. */
const BELOW_BYTES = 5_000_000;
const NODES = ["node-0", "node-1"];

realTest(
  "kubelet's garbage collection and an agent on one node do not work against each other",
  await whyNoTestCluster(),
  async (t) => {
    await using test = await startTestCluster([
      { ...NODE, containerd: "1.7" },
      { ...NODE, containerd: "2.4" },
    ]);
    await test.install("agent.pin=due", "agent.pullsPerRegistry=3", "agent.diskHigh=80");
    const step = (name: string, fn: () => Promise<void>) =>
      t.step({ name, fn, sanitizeOps: false, sanitizeResources: false });
    await step("a pod is served while pulls of ours are held up", () => besideSlowPulls(test));
    await step("what is pinned stays, what is not comes back once and rests", () => rounds(test));
  },
);

/** kubelet pulls a pod's image although a registry holds all pulls of the agent up. */
async function besideSlowPulls(test: TestCluster): Promise<void> {
  const address = await test.cluster.registry();
  const hostname = address.slice(0, address.lastIndexOf(":"));
  await using front = startFaultRegistry({ upstream: address, hostname });
  for (const node of NODES) await trustPlain(test, node, front.host);
  front.mode = { fault: "stall", afterBytes: 1_000_000 };
  const held: string[] = [];
  for (const name of ["one", "two", "three", "four"]) {
    await test.push(`held/${name}`, 30_000_000);
    held.push(`${front.host}/held/${name}:1`);
  }
  const cold = await test.push("pod/cold", 0, {
    layers: [await busyboxLayer(), { name: "cold", bytes: 10_000_000 }],
  });
  await test.apply(...held.map((image, index) => deploymentOf(`held-${index}`, sleeping(image))));
  const heldUp = () => front.requests().filter(({ path }) => path.includes("/blobs/")).length;
  await waitUntil("three pulls of each node are held up", () => Promise.resolve(heldUp() >= 6), {
    timeoutMs: 120_000,
  });
  await test.apply(...NODES.map((node) => podOn(node, `cold-${node}`, sleeping(cold))));
  for (const node of NODES) {
    const phase = ["get", "pod", `cold-${node}`, "-o", "jsonpath={.status.phase}"];
    await waitUntil(`the pod on ${node} runs`, async () => {
      return await must(test.cluster.kubectl(...phase)) === "Running";
    }, { timeoutMs: 120_000 });
    for (const image of held) assertEquals(await test.isWarm(node, image), false);
  }
  front.mode = { fault: "none" };
  await must(test.cluster.kubectl("delete", "deployment", ...held.map((_, i) => `held-${i}`)));
  await must(test.cluster.kubectl("delete", "pod", ...NODES.map((node) => `cold-${node}`)));
}

async function rounds(test: TestCluster): Promise<void> {
  const pinned = await test.push("keep/pinned", 1_000_000);
  const unpinned = await test.push("keep/unpinned", 1_000_000);
  await test.apply(
    cronJobOf("needed-soon", sleeping(pinned)),
    deploymentOf("unpinned", sleeping(unpinned)),
  );
  for (const image of [pinned, unpinned]) await test.untilWarm(image);
  for (const node of NODES) {
    await waitUntil(`"${pinned}" is pinned on ${node}`, async () => {
      const ours = ["images", "ls", "-q", 'labels."warm-images/pinned"'];
      return (await must(test.cluster.ctr(node, ...ours))).includes(pinned);
    });
  }
  await collect(test, "first");
  await test.untilWarm(unpinned);
  assertEquals(await pulls(test, unpinned), 2 * NODES.length, "it has come back on each node");

  await collect(test, "second");
  await collect(test, "third");
  for (const node of NODES) {
    assertEquals(await test.isWarm(node, unpinned), false, `${node} waits with it`);
    assert(await test.isWarm(node, pinned), `${node} has what is pinned`);
  }
  assertEquals(await pulls(test, unpinned), 2 * NODES.length, "it is not pulled again and again");
  assertEquals(await pulls(test, pinned), NODES.length, "it was pulled once, and never went");
  await untouched(test);
}

/** Fills the disks of all nodes until kubelet collects what nobody uses, and empties them again. */
async function collect(test: TestCluster, round: string): Promise<void> {
  const marker = await test.push(`marker/${round}`, 20_000_000);
  const hosts = ["--hosts-dir", "/etc/containerd/certs.d"];
  for (const node of NODES) await must(test.cluster.ctr(node, "images", "pull", ...hosts, marker));
  // kubelet deletes only what it has seen before, and looks at its start, then every 5 minutes.
  for (const node of NODES) await test.cluster.killOnNode(node, "kubelet");
  for (const node of NODES) {
    await waitUntil(`kubelet of ${node} is back`, async () => {
      const connect = ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/10248"];
      return (await test.cluster.onNode(node, ...connect)).code === 0;
    });
  }
  for (const node of NODES) await must(test.cluster.onNode(node, "sh", "-c", FILL));
  for (const node of NODES) {
    await waitUntil(`kubelet of ${node} has collected images`, async () => {
      return !(await must(test.cluster.ctr(node, "images", "ls", "-q"))).includes(marker);
    }, { timeoutMs: 120_000 });
    await must(test.cluster.onNode(node, "rm", FILLER));
  }
}

const FILLER = "/var/lib/containerd/filler";
const FILL = `free=$(df --block-size=1 --output=avail /var/lib/containerd | tail -1)
fallocate --length $((free - ${THRESHOLD_BYTES} + ${BELOW_BYTES})) ${FILLER}`;

/** How often agents have pulled an image, by what they log. */
async function pulls(test: TestCluster, image: string): Promise<number> {
  let count = 0;
  for (const pod of await test.pods("agent")) {
    const log = await test.sh(`kubectl --namespace warm-images logs ${pod}`);
    const lines = log.split("\n").filter((line) => line.includes(`"${image}"`));
    count += lines.filter((line) => line.includes('"Image is warm"')).length;
  }
  return count;
}

/** Agents are the same as at first, and ready. */
async function untouched(test: TestCluster): Promise<void> {
  const status = "{range .items[*].status.containerStatuses[*]}{.ready} {.restartCount};{end}";
  const selector = "app.kubernetes.io/component=agent";
  const printed = await test.sh(
    `kubectl --namespace warm-images get pods -l ${selector} -o jsonpath='${status}'`,
  );
  assertEquals(printed, "true 0;".repeat(NODES.length));
}
