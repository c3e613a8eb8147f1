import { assertEquals } from "@std/assert";
import { startFaultRegistry } from "../harness/servers/fault_registry.ts";
import { waitUntil } from "../harness/wait.ts";
import { printProgress } from "../harness/print.ts";
import { realTest } from "../harness/servers/skipping.ts";
import { NAMESPACE, startTestCluster, type TestCluster } from "../harness/cluster/test_cluster.ts";
import { whyNoTestCluster } from "../harness/cluster/why_no_test_cluster.ts";
import { deploymentOf, sleeping } from "../harness/cluster/workloads.ts";
import { killLeader } from "./leader.ts";
import { trustPlain } from "../harness/cluster/plain_registry.ts";
import { warmsNew } from "./warms_new.ts";

const reason = await whyNoTestCluster();

realTest("whatever ends, nodes are warm again without help", reason, async () => {
  await using test = await startTestCluster([{}, { containerd: "2.4" }]);
  await test.install();
  await warmsNew(test, "days/first");
  const days = [controllerKilled, agentKilledInPull, natsLost, apiServerRestarted];
  for (const day of [...days, containerdRestarted]) {
    const began = performance.now();
    await day(test);
    printProgress(
      `${day.name}: warm again after ${((performance.now() - began) / 1000).toFixed(0)} s`,
    );
  }
});

async function controllerKilled(test: TestCluster): Promise<void> {
  await killLeader(test);
  await warmsNew(test, "days/controller-killed");
}

/** The registry stops in the middle of a layer, so the agent is certainly in the middle of its pull. */
async function agentKilledInPull(test: TestCluster): Promise<void> {
  const { cluster } = test;
  const repository = "days/slow";
  await test.push(repository, 20_000_000);
  await using stalling = startFaultRegistry({
    upstream: await cluster.registry(),
    mode: { fault: "stall", afterBytes: 1_000_000 },
    hostname: (await cluster.registry()).split(":")[0] ?? "",
  });
  for (const node of await cluster.nodes()) await trustPlain(test, node, stalling.host);
  const image = `${stalling.host}/${repository}:1`;
  await test.apply(deploymentOf("slow", sleeping(image)));
  await waitUntil(
    "a layer is being downloaded",
    () => stalling.requests().some(({ path }) => path.includes("/blobs/")),
  );
  for (const pod of await test.pods("agent")) {
    await test.sh(`kubectl --namespace ${NAMESPACE} delete ${pod} --grace-period 0 --force`);
  }
  assertEquals(await test.isWarm("node-0", image), false, "the pull was not over yet");
  stalling.mode = { fault: "none" };
  await test.untilWarm(image);
}

async function natsLost(test: TestCluster): Promise<void> {
  const [pod] = await test.pods("nats");
  await test.sh(`kubectl --namespace ${NAMESPACE} delete ${pod}`); // its disk is an emptyDir
  await warmsNew(test, "days/nats-lost");
  await test.untilReady();
}

async function apiServerRestarted(test: TestCluster): Promise<void> {
  await test.cluster.restartApiServer(3000);
  await warmsNew(test, "days/api-restarted");
}

/** The socket is another one afterwards; an agent in a pod still holds the old one. */
async function containerdRestarted(test: TestCluster): Promise<void> {
  for (const node of await test.cluster.nodes()) {
    await test.cluster.killOnNode(node, "containerd");
  }
  await waitUntil("containerd answers on every node", async () => {
    const answers = await Promise.all(
      (await test.cluster.nodes()).map((node) => test.cluster.ctr(node, "version")),
    );
    return answers.every(({ code }) => code === 0);
  });
  await warmsNew(test, "days/containerd-restarted");
  await test.untilReady();
}
