import { assertEquals } from "@std/assert";
import { must } from "../harness/cluster/cluster.ts";
import { waitUntil } from "../harness/wait.ts";
import { realTest } from "../harness/servers/skipping.ts";
import {
  NAMESPACE,
  RELEASE,
  startTestCluster,
  type TestCluster,
} from "../harness/cluster/test_cluster.ts";
import { whyNoTestCluster } from "../harness/cluster/why_no_test_cluster.ts";
import { deploymentOf, sleeping } from "../harness/cluster/workloads.ts";
import { warmsNew } from "./warms_new.ts";

const reason = await whyNoTestCluster();
const NODE = "node-0";
const REPOSITORY = "lifecycle/first";
const INNER = `kubectl --namespace ${NAMESPACE}`;

/** Neither are things that somebody made: what happened, and the health of the control plane. */
const NO_OBJECTS = /^(events|componentstatuses)(\.|$)/;

realTest(
  "an upgrade and a rollback pull nothing again, and an uninstall leaves only images",
  reason,
  async () => {
    await using test = await startTestCluster([{}]);
    const image = await test.push(REPOSITORY, 500_000);
    await test.apply(
      deploymentOf("first", sleeping(image)),
      deploymentOf("marker", sleeping(image)),
    );
    await test.sh("kubectl rollout status deployment/first --timeout 1m");
    await test.sh("kubectl rollout status deployment/marker --timeout 1m");
    const objects = await objectsOf(test);
    const node = await tracesOnNode(test);

    await test.install();
    await test.untilWarm(image);
    const { programs } = await tracesOnNode(test);
    assertEquals(new Set(programs).size, 3, `traces would be seen: ${programs}`);
    await changes(test);

    await test.sh(`helm uninstall --namespace ${NAMESPACE} ${RELEASE}`);
    await test.sh(`kubectl delete namespace ${NAMESPACE} --timeout 2m`);
    await untilAsBefore("objects", () => objectsOf(test), objects);
    await untilAsBefore("traces on the node", () => tracesOnNode(test), node);
    assertEquals(await test.isWarm(NODE, image), true, "the pulled image stays");
  },
);

/** Upgrades and rolls back; what is warm stays so unasked, NATS and its passwords stay as well. */
async function changes(test: TestCluster): Promise<void> {
  const kept = async () => ({
    nats: await test.sh(`${INNER} get pods ${await natsPods(test)} -o jsonpath={..uid}`),
    secrets: await test.sh(`${INNER} get secrets --field-selector type=Opaque ${SECRETS}`),
    requests: await test.requestsFor(REPOSITORY),
  });
  const before = await kept();
  const old = await pullParallel(test);
  assertEquals(before.requests > 0 && before.secrets.includes("password"), true);

  await test.upgrade("agent.pullParallel=5");
  assertEquals(await pullParallel(test), "5");
  await warmsAnew(test);
  assertEquals(await kept(), before, "after the upgrade");

  await test.sh(`helm rollback --namespace ${NAMESPACE} ${RELEASE}`);
  await test.untilReady();
  assertEquals(await pullParallel(test), old);
  await warmsAnew(test);
  assertEquals(await kept(), before, "after the rollback");
}

const SECRETS = `-o 'jsonpath={range .items[*]}{.metadata.uid} {.data}{"\\n"}{end}'`;

async function natsPods(test: TestCluster): Promise<string> {
  return (await test.pods("nats")).map((pod) => pod.replace("pod/", "")).join(" ");
}

/** An image that comes now is warm in the end: agents were through with what was wanted before. */
async function warmsAnew(test: TestCluster): Promise<void> {
  await warmsNew(test, `lifecycle/${crypto.randomUUID()}`, { name: "marker" });
}

async function pullParallel(test: TestCluster): Promise<string> {
  const path = '{..env[?(@.name=="PULL_PARALLEL")].value}';
  return await test.sh(
    `${INNER} get daemonset ${RELEASE}-warm-images-agent -o jsonpath='${path}'`,
  );
}

/** Objects that others make at a time of their own: kubelet's Lease, a ReplicaSet per marker. */
const UNSTEADY = [" default/marker-", "Lease kube-node-lease/"];

/** "Kind namespace/name" of all objects of the cluster. */
async function objectsOf(test: TestCluster): Promise<string[]> {
  const kinds = (await test.sh("kubectl api-resources --verbs=list -o name")).split("\n");
  const listed = kinds.filter((kind) => kind !== "" && !NO_OBJECTS.test(kind)).join(",");
  const path = '{range .items[*]}{.kind} {.metadata.namespace}/{.metadata.name}{"\\n"}{end}';
  const printed = await test.sh(`kubectl get ${listed} --all-namespaces -o jsonpath='${path}'`);
  const names = printed.trim().split("\n");
  return names.filter((name) => !UNSTEADY.some((part) => name.includes(part))).toSorted();
}

/** What a pod of ours would leave on the node: processes, mounts, files about registries. */
async function tracesOnNode(test: TestCluster): Promise<Record<string, string[]>> {
  const lines = async (script: string) => {
    const printed = await must(test.cluster.onNode(NODE, "sh", "-c", script));
    return printed.split("\n").filter((line) => line !== "").toSorted();
  };
  return {
    programs: await lines("cat /proc/[0-9]*/comm | grep -E '^(warm-images|nats-server)' || true"),
    mounts: await lines("cut -d ' ' -f 5 /proc/self/mountinfo"),
    hosts: await lines("find /etc/containerd -printf '%p %m %T@\\n'"),
    leases: await lines("ctr -n k8s.io leases ls -q"),
  };
}

/** Waits until these are what they were; tells the difference when they never are. */
async function untilAsBefore<T>(what: string, read: () => Promise<T>, before: T): Promise<void> {
  let now = await read();
  const again = async () => JSON.stringify(now = await read()) === JSON.stringify(before);
  await waitUntil(`${what} are as before`, again, { timeoutMs: 180_000, everyMs: 500 })
    .catch(() => assertEquals(now, before, `${what} are as before`));
}
