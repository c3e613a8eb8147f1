import { assertEquals } from "@std/assert";
import { must } from "../harness/cluster/cluster.ts";
import { startFaultRegistry } from "../harness/servers/fault_registry.ts";
import { waitUntil } from "../harness/wait.ts";
import { printProgress } from "../harness/print.ts";
import { realTest } from "../harness/servers/skipping.ts";
import {
  NAMESPACE,
  RELEASE,
  startTestCluster,
  type TestCluster,
} from "../harness/cluster/test_cluster.ts";
import { whyNoTestCluster } from "../harness/cluster/why_no_test_cluster.ts";
import { deploymentOf, sleeping } from "../harness/cluster/workloads.ts";

const reason = await whyNoTestCluster();

realTest("whatever ends, nodes are warm again without help", reason, async () => {
  await using stage = await startTestCluster([{}, { containerd: "2" }]);
  await stage.install();
  await wantedAndWarm(stage, "first");
  const days = [controllerKilled, agentKilledInPull, natsLost, apiServerRestarted];
  for (const day of [...days, containerdRestarted]) {
    const began = performance.now();
    await day(stage);
    printProgress(
      `${day.name}: warm again after ${((performance.now() - began) / 1000).toFixed(0)} s`,
    );
  }
});

/** Names a new image and waits until every node has it: proves the whole path. */
async function wantedAndWarm(stage: TestCluster, name: string): Promise<string> {
  const image = await stage.push(`days/${name}`, 100_000);
  await stage.apply(deploymentOf(name, sleeping(image)));
  await stage.untilWarm(image);
  return image;
}

async function controllerKilled(stage: TestCluster): Promise<void> {
  const holder = await must(stage.cluster.kubectl(
    ...["--namespace", NAMESPACE, "get", "lease", `${RELEASE}-warm-images`],
    ...["-o", "jsonpath={.spec.holderIdentity}"],
  ));
  const leader = (await stage.pods("controller")).find((pod) =>
    holder.startsWith(pod.replace("pod/", ""))
  );
  assertEquals(leader === undefined, false, `"${holder}" is one of the controller's pods`);
  await stage.sh(`kubectl --namespace ${NAMESPACE} delete ${leader} --grace-period 0 --force`);
  await wantedAndWarm(stage, "controller-killed");
}

/** The pull is a slow one, so that the agent is certainly in the middle of it. */
async function agentKilledInPull(stage: TestCluster): Promise<void> {
  const { cluster } = stage;
  const repository = "days/slow";
  await stage.push(repository, 20_000_000);
  await using slow = startFaultRegistry({
    upstream: await cluster.registry(),
    mode: { fault: "slow", bytesPerSecond: 4_000_000 },
    hostname: (await cluster.registry()).split(":")[0] ?? "",
  });
  for (const node of await cluster.nodes()) await trust(stage, node, slow.host);
  const image = `${slow.host}/${repository}:1`;
  await stage.apply(deploymentOf("slow", sleeping(image)));
  await waitUntil(
    "a layer is being downloaded",
    () => slow.requests().some(({ path }) => path.includes("/blobs/")),
  );
  for (const pod of await stage.pods("agent")) {
    await stage.sh(`kubectl --namespace ${NAMESPACE} delete ${pod} --grace-period 0 --force`);
  }
  assertEquals(await stage.isWarm("node-0", image), false, "the pull was not over yet");
  await stage.untilWarm(image);
}

/** Tells containerd on a node that a registry speaks plain HTTP. */
async function trust(stage: TestCluster, node: string, host: string): Promise<void> {
  const folder = `/etc/containerd/certs.d/${host}`;
  const toml = `server = "http://${host}"\n[host."http://${host}"]\n`;
  await must(stage.cluster.onNode(
    node,
    ...["sh", "-c", 'mkdir -p "$1" && printf "%s" "$2" > "$1/hosts.toml"', "sh", folder, toml],
  ));
}

async function natsLost(stage: TestCluster): Promise<void> {
  const [pod] = await stage.pods("nats");
  await stage.sh(`kubectl --namespace ${NAMESPACE} delete ${pod}`); // its disk is an emptyDir
  await wantedAndWarm(stage, "nats-lost");
  await stage.untilReady();
}

async function apiServerRestarted(stage: TestCluster): Promise<void> {
  await stage.cluster.restartApiServer(3000);
  await wantedAndWarm(stage, "api-restarted");
}

/** The socket is another one afterwards; an agent in a pod still holds the old one. */
async function containerdRestarted(stage: TestCluster): Promise<void> {
  for (const node of await stage.cluster.nodes()) {
    await stage.cluster.killOnNode(node, "containerd");
  }
  await waitUntil("containerd answers on every node", async () => {
    const answers = await Promise.all(
      (await stage.cluster.nodes()).map((node) => stage.cluster.ctr(node, "version")),
    );
    return answers.every(({ code }) => code === 0);
  });
  await wantedAndWarm(stage, "containerd-restarted");
  await stage.untilReady();
}
