import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { must } from "../harness/cluster/cluster.ts";
import { waitUntil } from "../harness/wait.ts";
import { REPOSITORY } from "../harness/programs.ts";
import { realTest } from "../harness/servers/skipping.ts";
import { type Component, eventOf, podsAfter, podValue, soleComplaint } from "./held_pods.ts";
import { natsPod } from "./nats_pod.ts";
import {
  NAMESPACE,
  RELEASE,
  startTestCluster,
  type TestCluster,
} from "../harness/cluster/test_cluster.ts";
import { adviceFor, readSymptoms } from "./troubleshooting.ts";
import { whyNoTestCluster } from "../harness/cluster/why_no_test_cluster.ts";
import { deploymentOf, namespaceOf, sleeping } from "../harness/cluster/workloads.ts";

const reason = await whyNoTestCluster();
const SYMPTOMS = readSymptoms(await Deno.readTextFile(`${REPOSITORY}README.md`));
const BOTH: readonly Component[] = ["controller", "agent"];
const NODE = "node-0";
const SECOND = "second";

realTest("bad input holds pods back, in words that README explains", reason, async (t) => {
  await using stage = await startTestCluster([{}]);
  // In order: each begins with pods that are ready, and leaves such.
  for (
    const bad of [
      ...[noSuchNats, wrongPassword, noJetStream, noSocket, deniedSocket],
      ...[kindNotGranted, settingOfNoUse, refusedByHelm, installedTwice],
    ]
  ) {
    if (!await t.step(bad.name, () => bad(stage))) break;
  }
});

/** The name in `nats.url` does not resolve; the server comes later. */
async function noSuchNats(stage: TestCluster): Promise<void> {
  await stage.apply(namespaceOf(NAMESPACE));
  await login(stage, "right");
  const pods = await podsAfter(stage, BOTH, () =>
    stage.sh(
      `helm install --namespace ${NAMESPACE} ${RELEASE} ./chart --set nats.existingSecret=login --set nats.url=nats://own-nats.default.svc:4222`,
    ));
  await held(stage, pods, "nats.url");
  await stage.apply(...natsPod("own-nats", natsFiles("jetstream { store_dir: /tmp/data }")));
  await stage.untilReady();
  for (const pod of pods) assertEquals(await restartsOf(stage, pod), "0");
}

async function wrongPassword(stage: TestCluster): Promise<void> {
  await login(stage, "wrong");
  const pods = await podsAfter(stage, BOTH, () => replacePods(stage));
  await held(stage, pods, "correct the Secret");
  await login(stage, "right");
  // Kubelet looks after a pod that changes at once, else once a minute.
  await stage.sh(`kubectl --namespace ${NAMESPACE} annotate pods --all looked-at=now`);
  await stage.untilReady();
  for (const pod of pods) assertEquals(await restartsOf(stage, pod), "0");
}

async function noJetStream(stage: TestCluster): Promise<void> {
  await stage.apply(...natsPod("plain-nats", natsFiles("")));
  await untilReached(stage, "plain-nats");
  const url = "nats.url=nats://plain-nats.default.svc:4222";
  const pods = await podsAfter(stage, BOTH, () => upgrade(stage, `--set ${url}`));
  await held(stage, pods, "without JetStream");
  await stage.sh("kubectl delete pod plain-nats --now");
  await stage.apply(...natsPod("plain-nats", natsFiles("jetstream { store_dir: /tmp/data }")));
  await stage.untilReady();
}

/** Before, a program would rightly complain that nobody listens there. */
async function untilReached(stage: TestCluster, service: string): Promise<void> {
  const { cluster } = stage;
  const path = "jsonpath={.spec.clusterIP}";
  const address = await must(cluster.kubectl("get", "service", service, "--output", path));
  await waitUntil(`"${service}" answers`, async () => {
    const connect = `exec 3<>/dev/tcp/${address}/4222`;
    return (await cluster.onNode(NODE, "timeout", "2", "bash", "-c", connect)).code === 0;
  });
}

async function noSocket(stage: TestCluster): Promise<void> {
  const change = "--set agent.containerd.address=/run/nothing.sock";
  const [pod = ""] = await podsAfter(stage, ["agent"], () => upgrade(stage, change));
  const event = await eventOf(stage, pod, /nothing\.sock/);
  assertExplained(event, "agent.distribution");
  const state = await podValue(stage, pod, "{.status.containerStatuses[0].state.waiting.reason}");
  assertEquals(state, "ContainerCreating");
  await stage.upgrade("agent.containerd.address=");
}

/** Root without capabilities may not open what belongs to somebody else. */
async function deniedSocket(stage: TestCluster): Promise<void> {
  const socket = "/run/containerd/containerd.sock";
  const give = async (owner: string, mode: string) => {
    await must(stage.cluster.onNode(NODE, "chown", owner, socket));
    await must(stage.cluster.onNode(NODE, "chmod", mode, socket));
  };
  await give("1000:1000", "600");
  const pods = await podsAfter(stage, ["agent"], () => replacePods(stage, "agent"));
  await held(stage, pods, "SELinux");
  await give("0:0", "660");
  await stage.untilReady();
}

async function kindNotGranted(stage: TestCluster): Promise<void> {
  const role = `clusterrole/${RELEASE}-warm-images-controller`;
  const whole = await stage.sh(`kubectl get ${role} -o json`);
  assertStringIncludes(whole, '"cronjobs"');
  await stage.write("role.json", whole.replace(/"cronjobs",?/, ""));
  await stage.sh("kubectl replace --filename role.json");
  const pods = await podsAfter(stage, ["controller"], () => replacePods(stage, "controller"));
  await held(stage, pods, "ClusterRole", "cronjobs.batch");
  await upgrade(stage);
  await stage.untilReady();
}

/** What the chart would not let through, by hand. */
async function settingOfNoUse(stage: TestCluster): Promise<void> {
  const env = `kubectl --namespace ${NAMESPACE} set env daemonset/${RELEASE}-warm-images-agent`;
  const pods = await podsAfter(stage, ["agent"], () => stage.sh(`${env} DISK_HIGH=full`));
  await held(stage, pods, "the line says", "full");
  await stage.sh(`${env} DISK_HIGH=80`);
  await stage.untilReady();
}

/** Helm names key and value, and changes nothing. */
async function refusedByHelm(stage: TestCluster): Promise<void> {
  const key = await assertRejects(() => upgrade(stage, "--set contorller.replicas=1"), Error);
  assertStringIncludes(key.message, "contorller");
  assertExplained(key.message, "chart/values.yaml");
  const value = await assertRejects(() => upgrade(stage, "--set logLevel=loud"), Error);
  assertStringIncludes(value.message, "logLevel");
  const time = await assertRejects(() => upgrade(stage, "--set agent.lookAgain=99h"), Error);
  assertStringIncludes(time.message, 'agent.lookAgain must be from 1s to 24h, it is "99h"');
  await stage.untilReady();
}

/** The second one's agents find the port taken; the first one goes on. */
async function installedTwice(stage: TestCluster): Promise<void> {
  for (const namespace of [SECOND, NAMESPACE]) {
    const notes = await stage.sh(
      `helm install --create-namespace --namespace ${namespace} wi2 ./chart --set controller.replicas=1`,
    );
    assertStringIncludes(notes, `WARNING: Release "${RELEASE}" has agents in this cluster too`);
    await heldAsSecond(stage, namespace);
    const image = await stage.push(`bad/twice-${namespace}`, 50_000);
    await stage.apply(deploymentOf(`twice-${namespace}`, sleeping(image)));
    await stage.untilWarm(image);
    await stage.untilReady();
    await stage.sh(`helm uninstall --namespace ${namespace} --wait wi2`);
    await stage.untilReady();
  }
}

/** Its agent waits for a node with a free port, in words that README explains; nothing restarts. */
async function heldAsSecond(stage: TestCluster, namespace: string): Promise<void> {
  const pods = `kubectl --namespace ${namespace} get pods -l app.kubernetes.io/instance=wi2`;
  const agent = `${pods},app.kubernetes.io/component=agent -o`;
  const pod = (await stage.sh(`${agent} name`)).trim();
  assertExplained(await eventOf(stage, pod, /free ports/, namespace), "one release per cluster");
  await stage.sh(
    `kubectl --namespace ${namespace} rollout status deployment/wi2-warm-images-controller --timeout 1m`,
  );
  assertEquals(await stage.sh(`${agent} jsonpath='{.items[*].status.phase}'`), "Pending");
  const restarts = await stage.sh(`${pods} -o jsonpath='{..restartCount}'`);
  assertEquals(restarts, "0 0", "restarts of its controller and NATS");
}

/** Each pod complains once, of something that README explains by this advice. */
async function held(
  stage: TestCluster,
  pods: readonly string[],
  advice: string,
  names = "",
): Promise<void> {
  const complaints = await Promise.all(pods.map((pod) => soleComplaint(stage, pod)));
  for (const complaint of complaints) {
    assertExplained(complaint, advice);
    assertStringIncludes(complaint, names);
  }
}

function assertExplained(text: string, advice: string): void {
  const given = adviceFor(SYMPTOMS, text);
  assert(
    given.some((row) => row.includes(advice)),
    `README should say "${advice}" to whoever reads: ${text}\nIt says: ${given.join("\n")}`,
  );
}

/** The Secret from which the pods take user and password. */
async function login(stage: TestCluster, password: string): Promise<void> {
  const metadata = { name: "login", namespace: NAMESPACE };
  const stringData = { username: "warm-images", password };
  await stage.apply({ apiVersion: "v1", kind: "Secret", metadata, stringData });
}

function natsFiles(jetstream: string): Record<string, string> {
  const users = 'users: [ { user: "warm-images", password: "right" } ]';
  return { "nats.conf": `${jetstream}\nauthorization { ${users} }\n` };
}

/** Without waiting for pods that are to be held back. */
async function upgrade(stage: TestCluster, more = ""): Promise<void> {
  const keep = "--reset-then-reuse-values";
  await stage.sh(`helm upgrade --namespace ${NAMESPACE} ${keep} ${RELEASE} ./chart ${more}`);
}

async function replacePods(stage: TestCluster, component?: Component): Promise<void> {
  const which = component ? `-l app.kubernetes.io/component=${component}` : "--all";
  await stage.sh(`kubectl --namespace ${NAMESPACE} delete pods ${which} --wait=false`);
}

async function restartsOf(stage: TestCluster, pod: string): Promise<string> {
  return await podValue(stage, pod, "{.status.containerStatuses[0].restartCount}");
}
