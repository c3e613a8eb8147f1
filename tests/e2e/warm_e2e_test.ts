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
    await using stage = await startTestCluster([
      {},
      { containerd: "2" },
      { name: SPECIAL, taints: ["dedicated=gpu:NoSchedule"] },
    ]);
    await stage.install("forgetAfter=0s", "ignore.spaces=ignored-*", "ignore.images=unwanted/");
    await warmBeforePods(stage);
    await everyKindOfWant(stage);
    await neverPulled(stage);
    await onlyWhereItMayRun(stage);
    await newNode(stage);
  },
);

/** A pod starts from the warm image and from a cold one of the same size; both are told. */
async function warmBeforePods(stage: TestCluster): Promise<void> {
  const layers = [await busyboxLayer(), { name: "start", bytes: 50_000_000 }];
  const warm = await stage.push("start/warm", 0, { layers });
  const cold = await stage.push("start/cold", 0, {
    layers: [...layers.slice(0, 1), { name: "cold", bytes: 50_000_000 }],
  });
  await stage.apply(deploymentOf("start", sleeping(warm)));
  await stage.untilWarm(warm, USUAL);
  const seconds = async (name: string, image: string) => {
    const began = performance.now();
    await stage.apply(...USUAL.map((node) => podOn(node, `${name}-${node}`, sleeping(image))));
    for (const node of USUAL) await untilRunning(stage, `${name}-${node}`);
    return ((performance.now() - began) / 1000).toFixed(1);
  };
  const requests = await stage.requestsFor("start/warm");
  const warmSeconds = await seconds("warm", warm);
  assertEquals(await stage.requestsFor("start/warm"), requests, "no pod asked the registry");
  printProgress(
    `pods on 2 nodes, 50 MB: warm ${warmSeconds} s, cold ${await seconds("cold", cold)} s`,
  );
}

async function untilRunning(stage: TestCluster, pod: string): Promise<void> {
  const phase = ["get", "pod", pod, "-o", "jsonpath={.status.phase}"];
  await waitUntil(`pod "${pod}" runs`, async () => {
    return await must(stage.cluster.kubectl(...phase)) === "Running";
  }, { timeoutMs: 60_000, everyMs: 50 });
}

/** Deployments scaled to zero, CronJobs, init containers and image volumes; not what is over. */
async function everyKindOfWant(stage: TestCluster): Promise<void> {
  const [cron, init, volume] = await Promise.all(
    ["kinds/cron", "kinds/init", "kinds/volume"].map((name) => stage.push(name, 100_000)),
  ) as [string, string, string];
  const over = await stage.push("kinds/over", 0, { layers: [await busyboxLayer()] });
  await stage.apply(
    cronJobOf("cron", sleeping(cron)),
    deploymentOf("init", {
      ...sleeping(stage.images.busybox),
      initContainers: [{ name: "first", image: init }],
      volumes: [{ name: "data", image: { reference: volume } }],
    }),
  );
  for (const reference of [cron, init, volume]) await stage.untilWarm(reference, USUAL);
  await completedJob(stage, over);
}

/** What only a completed Job names stays away once it is taken away. */
async function completedJob(stage: TestCluster, image: string): Promise<void> {
  const { cluster } = stage;
  await stage.apply(jobOf("done", {
    nodeSelector: { "kubernetes.io/hostname": "node-0" },
    containers: [{ name: "main", image, command: ["true"] }],
  }));
  await stage.sh("kubectl wait --for=condition=complete job/done --timeout=60s");
  await must(cluster.kubectl("delete", "pod", "-l", "job-name=done", "--wait"));
  const repository = "kinds/over";
  await waitUntil("the image of the completed Job is not pulled again", async () => {
    await cluster.ctr("node-0", "images", "rm", "--sync", image);
    const before = await stage.requestsFor(repository);
    const marker = await stage.push(`kinds/after-${crypto.randomUUID().slice(0, 8)}`, 1000);
    await stage.apply(deploymentOf("marker", sleeping(marker)));
    await stage.untilWarm(marker, USUAL);
    return await stage.requestsFor(repository) === before && !await stage.isWarm("node-0", image);
  });
}

/** Ignored namespaces, ignored images and what is to be skipped never reach the registry. */
async function neverPulled(stage: TestCluster): Promise<void> {
  const names = ["never/space", "unwanted/image", "never/skipped", "never/skipped-space"];
  const [space, image, skipped, skippedSpace] = await Promise.all(
    names.map((name) => stage.push(name, 100_000)),
  ) as [string, string, string, string];
  const after = await stage.push("never/after", 100_000);
  const skip = { "warm-images/skip": "true" };
  await stage.apply(namespaceOf("ignored-one"), namespaceOf("skipped", skip));
  await stage.apply(
    deploymentOf("space", sleeping(space), { namespace: "ignored-one" }),
    deploymentOf("image", sleeping(image)),
    deploymentOf("skipped", sleeping(skipped), { annotations: skip }),
    deploymentOf("skipped-space", sleeping(skippedSpace), { namespace: "skipped" }),
    deploymentOf("after", sleeping(after)),
  );
  await stage.untilWarm(after, USUAL);
  for (const name of names) assertEquals(await stage.requestsFor(name), 0, name);
}

/** A node that no workload tolerates, or of whose architecture none is, pulls nothing. */
async function onlyWhereItMayRun(stage: TestCluster): Promise<void> {
  const foreign = await stage.push("where/arm", 100_000);
  const usual = await stage.push("where/usual", 100_000);
  const special = await stage.push("where/special", 100_000);
  await stage.apply(
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
  await stage.untilWarm(usual, USUAL);
  await stage.untilWarm(special, [SPECIAL]);
  assertEquals(await stage.requestsFor("where/arm"), 0, "no node is arm64");
  assertEquals(await stage.isWarm("node-0", special), false);
  const { stdout } = await stage.cluster.ctr(SPECIAL, "images", "ls", "-q");
  const pulled = stdout.split("\n").filter((name) => /:5001\/(start|kinds|where)\//.test(name));
  assertEquals(pulled, [special], "the tainted node holds what tolerates its taint");
}

/** A node that joins is warm without anybody's help. */
async function newNode(stage: TestCluster): Promise<void> {
  const began = performance.now();
  const node = await stage.cluster.addNode({ name: "late" });
  await stage.cluster.untilReady();
  const readySeconds = (performance.now() - began) / 1000;
  const registry = await stage.cluster.registry();
  for (const name of ["start/warm", "kinds/cron", "kinds/init", "kinds/volume", "where/usual"]) {
    await stage.untilWarm(`${registry}/${name}:1`, [node]);
  }
  const warmSeconds = (performance.now() - began) / 1000;
  assert(warmSeconds >= readySeconds);
  printProgress(
    `third node: Ready after ${readySeconds.toFixed(1)} s, warm after ${warmSeconds.toFixed(1)} s`,
  );
}
