import { assert, assertEquals } from "@std/assert";
import { must } from "../harness/cluster/cluster.ts";
import { busyboxLayer } from "../harness/images/pod_images.ts";
import { waitUntil } from "../harness/wait.ts";
import { printProgress } from "../harness/print.ts";
import { realTest } from "../harness/servers/skipping.ts";
import { startTestCluster, type TestCluster } from "../harness/cluster/test_cluster.ts";
import { whyNoTestCluster } from "../harness/cluster/why_no_test_cluster.ts";
import {
  cronJobOf,
  deploymentOf,
  jobOf,
  namespaceOf,
  podOn,
  sleeping,
} from "../harness/cluster/workloads.ts";

const reason = await whyNoTestCluster();

/** Only pods that tolerate its taint run there, and none of ours does. */
const SPECIAL = "node-2";
const USUAL = ["node-0", "node-1"];

realTest(
  "nodes hold what may run on them before a pod asks, and nothing else",
  reason,
  async () => {
    await using test = await startTestCluster([
      {},
      { containerd: "2.4" },
      { name: SPECIAL, taints: ["dedicated=gpu:NoSchedule"] },
    ]);
    const ignored = ["ignore.spaces=ignored-*", "ignore.images=unwanted/"];
    await test.install("forgetAfter=0s", "scrapeAnnotations=true", ...ignored);
    await warmBeforePods(test);
    await everyKindOfWant(test);
    await neverPulled(test);
    await onlyWhereItMayRun(test);
    await newNode(test);
  },
);

/** A pod starts from the warm image and from a cold one of the same size; both are told. */
async function warmBeforePods(test: TestCluster): Promise<void> {
  const layers = [await busyboxLayer(), { name: "start", bytes: 50_000_000 }];
  const warm = await test.push("start/warm", 0, { layers });
  const cold = await test.push("start/cold", 0, {
    layers: [...layers.slice(0, 1), { name: "cold", bytes: 50_000_000 }],
  });
  await test.apply(deploymentOf("start", sleeping(warm)));
  await test.untilWarm(warm, USUAL);
  const seconds = async (name: string, image: string) => {
    const began = performance.now();
    await test.apply(...USUAL.map((node) => podOn(node, `${name}-${node}`, sleeping(image))));
    for (const node of USUAL) await untilRunning(test, `${name}-${node}`);
    return ((performance.now() - began) / 1000).toFixed(1);
  };
  const requests = await test.requestsFor("start/warm");
  const uses = await usesOf(test);
  const warmSeconds = await seconds("warm", warm);
  assertEquals(await test.requestsFor("start/warm"), requests, "no pod asked the registry");
  await untilCounted(test, uses, { firstUses: 1, misses: 0 });
  const coldSeconds = await seconds("cold", cold);
  await untilCounted(test, uses, { firstUses: 1, misses: 1 });
  printProgress(`pods on 2 nodes, 50 MB: warm ${warmSeconds} s, cold ${coldSeconds} s`);
}

async function untilRunning(test: TestCluster, pod: string): Promise<void> {
  const phase = ["get", "pod", pod, "-o", "jsonpath={.status.phase}"];
  await waitUntil(`pod "${pod}" runs`, async () => {
    return await must(test.cluster.kubectl(...phase)) === "Running";
  }, { timeoutMs: 180_000, everyMs: 50 });
}

interface Uses {
  readonly firstUses: number;
  readonly misses: number;
}

/** What agents have counted so far of what kubelet's containers needed. */
async function usesOf(test: TestCluster): Promise<Uses[]> {
  return await Promise.all(USUAL.map(async (node) => {
    const url = `http://${await test.addressOf(node)}:14617/metrics`;
    const text = await (await fetch(url)).text();
    const count = (name: string) => Number(new RegExp(`^${name} (.*)$`, "m").exec(text)?.[1]);
    return {
      firstUses: count("warm_images_first_uses_total"),
      misses: count("warm_images_misses_total"),
    };
  }));
}

async function untilCounted(
  test: TestCluster,
  before: readonly Uses[],
  more: Uses,
): Promise<void> {
  const due = before.map(({ firstUses, misses }) => ({
    firstUses: firstUses + more.firstUses,
    misses: misses + more.misses,
  }));
  const isDue = async () => JSON.stringify(await usesOf(test)) === JSON.stringify(due);
  await waitUntil("uses are counted", isDue)
    .catch(async () => assertEquals(await usesOf(test), due));
}

/** Deployments scaled to zero, CronJobs, init containers and image volumes; not what is over. */
async function everyKindOfWant(test: TestCluster): Promise<void> {
  const [cron, init, volume] = await Promise.all(
    ["kinds/cron", "kinds/init", "kinds/volume"].map((name) => test.push(name, 100_000)),
  ) as [string, string, string];
  const over = await test.push("kinds/over", 0, { layers: [await busyboxLayer()] });
  await test.apply(
    cronJobOf("cron", sleeping(cron)),
    deploymentOf("init", {
      ...sleeping(test.images.busybox),
      initContainers: [{ name: "first", image: init }],
      volumes: [{ name: "data", image: { reference: volume } }],
    }),
  );
  for (const reference of [cron, init, volume]) await test.untilWarm(reference, USUAL);
  await completedJob(test, over);
}

/** What only a completed Job names stays away once it is taken away. */
async function completedJob(test: TestCluster, image: string): Promise<void> {
  const { cluster } = test;
  await test.apply(jobOf("done", {
    nodeSelector: { "kubernetes.io/hostname": "node-0" },
    containers: [{ name: "main", image, command: ["true"] }],
  }));
  await test.sh("kubectl wait --for=condition=complete job/done --timeout=60s");
  await must(cluster.kubectl("delete", "pod", "-l", "job-name=done", "--wait"));
  const repository = "kinds/over";
  await waitUntil("the image of the completed Job is not pulled again", async () => {
    await cluster.ctr("node-0", "images", "rm", "--sync", image);
    const before = await test.requestsFor(repository);
    const marker = await test.push(`kinds/after-${crypto.randomUUID().slice(0, 8)}`, 1000);
    await test.apply(deploymentOf("marker", sleeping(marker)));
    await test.untilWarm(marker, USUAL);
    return await test.requestsFor(repository) === before && !await test.isWarm("node-0", image);
  });
}

/** Ignored namespaces, ignored images and what is to be skipped never reach the registry. */
async function neverPulled(test: TestCluster): Promise<void> {
  const names = ["never/space", "unwanted/image", "never/skipped", "never/skipped-space"];
  const [space, image, skipped, skippedSpace] = await Promise.all(
    names.map((name) => test.push(name, 100_000)),
  ) as [string, string, string, string];
  const after = await test.push("never/after", 100_000);
  const skip = { "warm-images/skip": "true" };
  await test.apply(namespaceOf("ignored-one"), namespaceOf("skipped", skip));
  await test.apply(
    deploymentOf("space", sleeping(space), { namespace: "ignored-one" }),
    deploymentOf("image", sleeping(image)),
    deploymentOf("skipped", sleeping(skipped), { annotations: skip }),
    deploymentOf("skipped-space", sleeping(skippedSpace), { namespace: "skipped" }),
    deploymentOf("after", sleeping(after)),
  );
  await test.untilWarm(after, USUAL);
  for (const name of names) assertEquals(await test.requestsFor(name), 0, name);
}

/** A node that no workload tolerates, or of whose architecture none is, pulls nothing. */
async function onlyWhereItMayRun(test: TestCluster): Promise<void> {
  const foreign = await test.push("where/arm", 100_000);
  const usual = await test.push("where/usual", 100_000);
  const special = await test.push("where/special", 100_000);
  await test.apply(
    deploymentOf("arm", sleeping(foreign, { nodeSelector: { "kubernetes.io/arch": "arm64" } })),
    deploymentOf(
      "special",
      sleeping(special, {
        nodeSelector: { "kubernetes.io/hostname": SPECIAL },
        tolerations: [{ key: "dedicated", operator: "Exists" }],
      }),
    ),
    deploymentOf("usual", sleeping(usual)),
  );
  await test.untilWarm(usual, USUAL);
  await test.untilWarm(special, [SPECIAL]);
  assertEquals(await test.requestsFor("where/arm"), 0, "no node is arm64");
  assertEquals(await test.isWarm("node-0", special), false);
  const { stdout } = await test.cluster.ctr(SPECIAL, "images", "ls", "-q");
  const pulled = stdout.split("\n").filter((name) => /:5001\/(start|kinds|where)\//.test(name));
  assertEquals(pulled, [special], "the tainted node holds what tolerates its taint");
}

/** A node that joins is warm without anybody's help. */
async function newNode(test: TestCluster): Promise<void> {
  const began = performance.now();
  const node = await test.cluster.addNode({ name: "late" });
  await test.cluster.untilReady();
  const readySeconds = (performance.now() - began) / 1000;
  const registry = await test.cluster.registry();
  for (const name of ["start/warm", "kinds/cron", "kinds/init", "kinds/volume", "where/usual"]) {
    await test.untilWarm(`${registry}/${name}:1`, [node]);
  }
  const warmSeconds = (performance.now() - began) / 1000;
  assert(warmSeconds >= readySeconds);
  printProgress(
    `third node: Ready after ${readySeconds.toFixed(1)} s, warm after ${warmSeconds.toFixed(1)} s`,
  );
}
