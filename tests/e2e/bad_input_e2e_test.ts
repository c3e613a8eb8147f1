import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { must } from "../harness/cluster/cluster.ts";
import { waitUntil } from "../harness/wait.ts";
import { readPage } from "../harness/documents/pages.ts";
import { realTest } from "../harness/servers/skipping.ts";
import { type Component, eventOf, podsAfter, podValue, soleComplaint } from "./held_pods.ts";
import { natsPod } from "./nats_pod.ts";
import {
  NAMESPACE,
  RELEASE,
  startTestCluster,
  type TestCluster,
} from "../harness/cluster/test_cluster.ts";
import { adviceFor, readSymptoms } from "../harness/documents/troubleshooting.ts";
import { whyNoTestCluster } from "../harness/cluster/why_no_test_cluster.ts";
import { namespaceOf } from "../harness/cluster/workloads.ts";
import { warmsNew } from "./warms_new.ts";

const reason = await whyNoTestCluster();
const SYMPTOMS = readSymptoms(await readPage("chart/README.md"));
const BOTH: readonly Component[] = ["controller", "agent"];
const NODE = "node-0";
const SECOND = "second";

realTest("bad input holds pods back, in words that a page explains", reason, async (t) => {
  await using test = await startTestCluster([{}]);
  // In order: each begins with pods that are ready, and leaves such.
  for (
    const bad of [
      ...[noSuchNats, wrongPassword, noJetStream, noSocket, deniedSocket],
      ...[kindNotGranted, settingOfNoUse, refusedByHelm, installedTwice],
    ]
  ) {
    if (!await t.step(bad.name, () => bad(test))) break;
  }
});

/** The name in `nats.url` does not resolve; the server comes later. */
async function noSuchNats(test: TestCluster): Promise<void> {
  await test.apply(namespaceOf(NAMESPACE));
  await login(test, "right");
  const pods = await podsAfter(test, BOTH, () =>
    test.sh(
      `helm install --namespace ${NAMESPACE} ${RELEASE} ./chart --set nats.existingSecret=login --set nats.url=nats://own-nats.default.svc:4222`,
    ));
  await held(test, pods, "nats.url");
  await test.apply(...natsPod("own-nats", natsFiles("jetstream { store_dir: /tmp/data }")));
  await test.untilReady();
  for (const pod of pods) assertEquals(await restartsOf(test, pod), "0");
}

async function wrongPassword(test: TestCluster): Promise<void> {
  await login(test, "wrong");
  const pods = await podsAfter(test, BOTH, () => replacePods(test));
  await held(test, pods, "correct the Secret");
  await login(test, "right");
  // Kubelet looks after a pod that changes at once, else once a minute.
  await test.sh(`kubectl --namespace ${NAMESPACE} annotate pods --all looked-at=now`);
  await test.untilReady();
  for (const pod of pods) assertEquals(await restartsOf(test, pod), "0");
}

async function noJetStream(test: TestCluster): Promise<void> {
  await test.apply(...natsPod("plain-nats", natsFiles("")));
  await untilReached(test, "plain-nats");
  const url = "nats.url=nats://plain-nats.default.svc:4222";
  const pods = await podsAfter(test, BOTH, () => upgrade(test, `--set ${url}`));
  await held(test, pods, "without JetStream");
  await test.sh("kubectl delete pod plain-nats --now");
  await test.apply(...natsPod("plain-nats", natsFiles("jetstream { store_dir: /tmp/data }")));
  await test.untilReady();
}

/** Before, a program would rightly complain that nobody listens there. */
async function untilReached(test: TestCluster, service: string): Promise<void> {
  const { cluster } = test;
  const path = "jsonpath={.spec.clusterIP}";
  const address = await must(cluster.kubectl("get", "service", service, "--output", path));
  await waitUntil(`"${service}" answers`, async () => {
    const connect = `exec 3<>/dev/tcp/${address}/4222`;
    return (await cluster.onNode(NODE, "timeout", "2", "bash", "-c", connect)).code === 0;
  });
}

async function noSocket(test: TestCluster): Promise<void> {
  const change = "--set agent.containerd.address=/run/nothing.sock";
  const [pod = ""] = await podsAfter(test, ["agent"], () => upgrade(test, change));
  const event = await eventOf(test, pod, /nothing\.sock/);
  assertExplained(event, "agent.distribution");
  const state = await podValue(test, pod, "{.status.containerStatuses[0].state.waiting.reason}");
  assertEquals(state, "ContainerCreating");
  await test.upgrade("agent.containerd.address=");
}

/** Root without capabilities may not open what belongs to somebody else. */
async function deniedSocket(test: TestCluster): Promise<void> {
  const socket = "/run/containerd/containerd.sock";
  const give = async (owner: string, mode: string) => {
    await must(test.cluster.onNode(NODE, "chown", owner, socket));
    await must(test.cluster.onNode(NODE, "chmod", mode, socket));
  };
  await give("1000:1000", "600");
  const pods = await podsAfter(test, ["agent"], () => replacePods(test, "agent"));
  await held(test, pods, "SELinux");
  await give("0:0", "660");
  await test.untilReady();
}

async function kindNotGranted(test: TestCluster): Promise<void> {
  const role = `clusterrole/${RELEASE}-warm-images-controller`;
  const whole = await test.sh(`kubectl get ${role} -o json`);
  assertStringIncludes(whole, '"cronjobs"');
  await test.write("role.json", whole.replace(/"cronjobs",?/, ""));
  await test.sh("kubectl replace --filename role.json");
  const pods = await podsAfter(test, ["controller"], () => replacePods(test, "controller"));
  await held(test, pods, "ClusterRole", "cronjobs.batch");
  await upgrade(test);
  await test.untilReady();
}

/** What the chart would not let through, by hand. */
async function settingOfNoUse(test: TestCluster): Promise<void> {
  const env = `kubectl --namespace ${NAMESPACE} set env daemonset/${RELEASE}-warm-images-agent`;
  const pods = await podsAfter(test, ["agent"], () => test.sh(`${env} DISK_HIGH=full`));
  await held(test, pods, "the line says", "full");
  await test.sh(`${env} DISK_HIGH=80`);
  await test.untilReady();
}

/** Helm names key and value, and changes nothing. */
async function refusedByHelm(test: TestCluster): Promise<void> {
  const key = await assertRejects(() => upgrade(test, "--set contorller.replicas=1"), Error);
  assertStringIncludes(key.message, "contorller");
  assertExplained(key.message, "chart/values.yaml");
  const value = await assertRejects(() => upgrade(test, "--set logLevel=loud"), Error);
  assertStringIncludes(value.message, "logLevel");
  const time = await assertRejects(() => upgrade(test, "--set agent.lookAgain=99h"), Error);
  assertStringIncludes(time.message, 'agent.lookAgain must be from 1s to 24h, it is "99h"');
  await test.untilReady();
}

/** The second one's agents find the port taken; the first one goes on. */
async function installedTwice(test: TestCluster): Promise<void> {
  for (const namespace of [SECOND, NAMESPACE]) {
    const notes = await test.sh(
      `helm install --create-namespace --namespace ${namespace} wi2 ./chart --set controller.replicas=1`,
    );
    assertStringIncludes(notes, `WARNING: Release "${RELEASE}" has agents in this cluster too`);
    await heldAsSecond(test, namespace);
    await warmsNew(test, `bad/twice-${namespace}`);
    await test.untilReady();
    await test.sh(`helm uninstall --namespace ${namespace} --wait wi2`);
    await test.untilReady();
  }
}

/** Its agent waits for a node with a free port, in words that a page explains; nothing restarts. */
async function heldAsSecond(test: TestCluster, namespace: string): Promise<void> {
  const pods = `kubectl --namespace ${namespace} get pods -l app.kubernetes.io/instance=wi2`;
  const agent = `${pods},app.kubernetes.io/component=agent -o`;
  let pod = "";
  await waitUntil("its agent has a pod", async () => {
    pod = (await test.sh(`${agent} name`)).trim();
    return pod !== "";
  });
  assertExplained(await eventOf(test, pod, /free ports/, namespace), "one release per cluster");
  await test.sh(
    `kubectl --namespace ${namespace} rollout status deployment/wi2-warm-images-controller --timeout 1m`,
  );
  assertEquals(await test.sh(`${agent} jsonpath='{.items[*].status.phase}'`), "Pending");
  const restarts = await test.sh(`${pods} -o jsonpath='{..restartCount}'`);
  assertEquals(restarts, "0 0", "restarts of its controller and NATS");
}

/** Each pod complains once, of something that a page explains by this advice. */
async function held(
  test: TestCluster,
  pods: readonly string[],
  advice: string,
  names = "",
): Promise<void> {
  const complaints = await Promise.all(pods.map((pod) => soleComplaint(test, pod)));
  for (const complaint of complaints) {
    assertExplained(complaint, advice);
    assertStringIncludes(complaint, names);
  }
}

function assertExplained(text: string, advice: string): void {
  const given = adviceFor(SYMPTOMS, text);
  assert(
    given.some((row) => row.includes(advice)),
    `The page should say "${advice}" to whoever reads: ${text}\nIt says: ${given.join("\n")}`,
  );
}

/** The Secret from which the pods take user and password. */
async function login(test: TestCluster, password: string): Promise<void> {
  const metadata = { name: "login", namespace: NAMESPACE };
  const stringData = { username: "warm-images", password };
  await test.apply({ apiVersion: "v1", kind: "Secret", metadata, stringData });
}

function natsFiles(jetstream: string): Record<string, string> {
  const users = 'users: [ { user: "warm-images", password: "right" } ]';
  return { "nats.conf": `${jetstream}\nauthorization { ${users} }\n` };
}

/** Without waiting for pods that are to be held back. */
async function upgrade(test: TestCluster, more = ""): Promise<void> {
  const keep = "--reset-then-reuse-values";
  await test.sh(`helm upgrade --namespace ${NAMESPACE} ${keep} ${RELEASE} ./chart ${more}`);
}

async function replacePods(test: TestCluster, component?: Component): Promise<void> {
  const which = component ? `-l app.kubernetes.io/component=${component}` : "--all";
  await test.sh(`kubectl --namespace ${NAMESPACE} delete pods ${which} --wait=false`);
}

async function restartsOf(test: TestCluster, pod: string): Promise<string> {
  return await podValue(test, pod, "{.status.containerStatuses[0].restartCount}");
}
