import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { chartTag } from "../harness/cluster/chart_names.ts";
import { NATS_TAG } from "../harness/images/pod_images.ts";
import { REPOSITORY } from "../harness/programs.ts";
import { realTest } from "../harness/servers/skipping.ts";
import { waitUntil } from "../harness/wait.ts";
import {
  NAMESPACE,
  RELEASE,
  startTestCluster,
  type TestCluster,
} from "../harness/cluster/test_cluster.ts";
import { whyNoTestCluster } from "../harness/cluster/why_no_test_cluster.ts";
import { warmsNew } from "./warms_new.ts";

const reason = await whyNoTestCluster();
const EARLIER = `${REPOSITORY}tests/e2e/earlier/warm-images-0.1.0`;
const NAME = `${RELEASE}-warm-images`;
const MASTER = `${NAME}-nats-logins`;
const COPY = `${NAME}-agent-login`;
const INNER = `kubectl --namespace ${NAMESPACE}`;
const APART = "warm-images-nodes";

realTest(
  "whatever is done to a release, its agents get in and warm what is wanted",
  reason,
  async (t) => {
    await using test = await startTestCluster([{}]);
    // In order: the later ones begin with what the earlier ones leave.
    for (
      const part of [
        ...[upgradedFromChart010, rolledBackToChart010, secretOfAgentsLost, agentsMoved],
        ...[loginsRotated, uninstalled, appliedByRenders],
      ]
    ) {
      if (!await t.step(part.name, () => part(test))) break;
    }
  },
);

async function upgradedFromChart010(test: TestCluster): Promise<void> {
  const tag = await chartTag(); // the programs of then are not kept
  await test.sh(`kubectl create namespace ${NAMESPACE}`);
  await test.sh(
    `helm install --namespace ${NAMESPACE} ${RELEASE} ${EARLIER} ` +
      `--set controller.image.tag=${tag} --set agent.image.tag=${tag} ` +
      `--set nats.image.tag=${NATS_TAG}`,
  );
  await warms(test);
  const before = await password(test, NAMESPACE, `${NAME}-agent-nats`);
  await upgrade(test);
  await warms(test);
  assertEquals(await password(test, NAMESPACE, COPY), before);
  await restartAgents(test, NAMESPACE);
  await warms(test);
}

async function rolledBackToChart010(test: TestCluster): Promise<void> {
  const before = await password(test, NAMESPACE, COPY);
  await test.sh(`helm rollback --namespace ${NAMESPACE} ${RELEASE} 1`);
  await warms(test);
  await restartAgents(test, NAMESPACE);
  await warms(test);
  await upgrade(test);
  await warms(test);
  assertEquals(await password(test, NAMESPACE, COPY), before);
}

async function secretOfAgentsLost(test: TestCluster): Promise<void> {
  const before = await password(test, NAMESPACE, COPY);
  const nats = await natsPods(test);
  await test.sh(`${INNER} delete secret ${COPY}`);
  await upgrade(test, "agent.pullParallel=5");
  await warms(test);
  assertEquals(await password(test, NAMESPACE, COPY), before);
  assertEquals(await natsPods(test), nats, "NATS was left alone");
}

async function agentsMoved(test: TestCluster): Promise<void> {
  const before = await password(test, NAMESPACE, COPY);
  await test.sh(`kubectl create namespace ${APART}`);
  await upgrade(test, `agent.namespace=${APART}`);
  await warms(test, APART);
  assertEquals(await password(test, APART, COPY), before);
}

/** Who deletes both Secrets gets new logins. */
async function loginsRotated(test: TestCluster): Promise<void> {
  const before = await password(test, APART, COPY);
  const nats = await natsPods(test);
  await test.sh(`${INNER} delete secret ${MASTER}`);
  await test.sh(`kubectl --namespace ${APART} delete secret ${COPY}`);
  await upgrade(test, `agent.namespace=${APART}`);
  assertNotEquals(await password(test, APART, COPY), before);
  await waitUntil("NATS runs anew", async () => {
    const pods = await natsPods(test);
    return pods !== "" && !pods.includes(nats);
  });
  await warms(test, APART); // when kubelet has brought the agents their file
}

async function uninstalled(test: TestCluster): Promise<void> {
  const left = async () =>
    await test.sh(
      "kubectl get secrets,jobs,serviceaccounts,roles,rolebindings,configmaps,pods " +
        `--all-namespaces --output name | grep ${NAME} || true`,
    );
  assert((await left()).includes(MASTER), "it would be seen");
  await test.sh(`helm uninstall --namespace ${NAMESPACE} ${RELEASE}`);
  await waitUntil("nothing is left", async () => await left() === "", { timeoutMs: 120_000 });
}

/** As Argo CD does, and `helm template | kubectl apply`: no render knows the one before. */
async function appliedByRenders(test: TestCluster): Promise<void> {
  await applyRender(test);
  await warms(test);
  const versions = "jsonpath='{range .items[*]}{.metadata.resourceVersion} {end}'";
  const kept = async () => [
    await test.sh(`${INNER} get secret ${MASTER} ${COPY} -o ${versions}`),
    await natsPods(test),
  ];
  const before = await kept();
  for (const set of ["agent.pullParallel=3", "logLevel=debug"]) {
    await applyRender(test, set);
    await restartAgents(test, NAMESPACE);
    await warms(test);
    await untilJobsEnded(test);
    assertEquals(await kept(), before, set);
  }
}

async function applyRender(test: TestCluster, set = ""): Promise<void> {
  await test.sh(
    `helm template --namespace ${NAMESPACE} --kube-version 1.35.0 ${RELEASE} ./chart ` +
      `${set && `--set ${set}`} | ${INNER} apply --filename -`,
  );
}

async function untilJobsEnded(test: TestCluster): Promise<void> {
  await test.sh(`${INNER} wait --for=condition=Complete --timeout=2m --all job`);
}

async function upgrade(test: TestCluster, ...values: readonly string[]): Promise<void> {
  const sets = values.map((value) => `--set ${value}`).join(" ");
  await test.sh(
    `helm upgrade --namespace ${NAMESPACE} --reset-values ${RELEASE} ./chart ${sets}`,
  );
}

/** Every pod is ready, and an image that comes now is warm in the end. */
async function warms(test: TestCluster, agents: string = NAMESPACE): Promise<void> {
  const rollout = (namespace: string, what: string) =>
    test.sh(`kubectl --namespace ${namespace} rollout status --timeout 3m ${what}`);
  await rollout(agents, `daemonset/${NAME}-agent`);
  await rollout(NAMESPACE, `deployment/${NAME}-controller`);
  await warmsNew(test, `logins/${crypto.randomUUID()}`, { name: "marker" });
}

async function restartAgents(test: TestCluster, namespace: string): Promise<void> {
  const selector = "app.kubernetes.io/component=agent";
  await test.sh(`kubectl --namespace ${namespace} delete pod --selector ${selector}`);
}

async function password(test: TestCluster, namespace: string, secret: string): Promise<string> {
  const path = "jsonpath='{.data.password}'";
  const found = await test.sh(`kubectl --namespace ${namespace} get secret ${secret} -o ${path}`);
  assert(found !== "", `${secret} holds a password`);
  return found;
}

async function natsPods(test: TestCluster): Promise<string> {
  const selector = "app.kubernetes.io/component=nats";
  return await test.sh(`${INNER} get pods --selector ${selector} -o jsonpath={..metadata.uid}`);
}
