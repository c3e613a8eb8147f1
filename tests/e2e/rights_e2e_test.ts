import { assertEquals, assertStringIncludes } from "@std/assert";
import { carryOut } from "./carry_out.ts";
import { realTest } from "../harness/servers/skipping.ts";
import { GUIDE } from "../harness/documents/guide_sections.ts";
import { listedResources } from "../harness/documents/kinds_list.ts";
import { readPage } from "../harness/documents/pages.ts";
import { sectionSteps } from "../harness/documents/sections.ts";
import { eventOf, podValue } from "./held_pods.ts";
import { mountsOf, onlyProcesses, type ProcessRights, rightsOfProcess } from "./node_processes.ts";
import {
  NAMESPACE,
  RELEASE,
  startTestCluster,
  type TestCluster,
} from "../harness/cluster/test_cluster.ts";
import { adviceFor, readSymptoms } from "../harness/documents/troubleshooting.ts";
import { whyNoTestCluster } from "../harness/cluster/why_no_test_cluster.ts";
import { warmsNew } from "./warms_new.ts";

const reason = await whyNoTestCluster();
const NODE = "node-0";
const SYMPTOMS = readSymptoms(await readPage("chart/README.md"));
const LEVEL = "pod-security.kubernetes.io/enforce";

const READ = [
  ...listedResources(await readPage("mod/README.md")),
  "customresourcedefinitions.apiextensions.k8s.io",
];

/** What the controller's account may do that no other account of the namespace may. */
const OF_THE_CONTROLLER = [
  "create leases.coordination.k8s.io",
  `get,update leases.coordination.k8s.io ${RELEASE}-warm-images`,
  ...READ.map((resource) => `get,list,watch ${resource}`),
].toSorted();

realTest(
  "controller and agent hold the rights that the pages tell, and no others",
  reason,
  async (t) => {
    await using test = await startTestCluster([{}]);
    await test.install();
    // In order: the later ones begin with what the earlier ones leave.
    for (
      const part of [
        ...[rightsOfAccounts, agentWithoutToken, processOfAgent, processesOfOthers],
        ...[restrictedAndShared, privilegedAndShared, twoNamespaces],
      ]
    ) {
      if (!await t.step(part.name, () => part(test))) break;
    }
  },
);

/** The agent's account may what any account may; the controller's reads, and writes one Lease. */
async function rightsOfAccounts(test: TestCluster): Promise<void> {
  await test.sh(`kubectl --namespace ${NAMESPACE} create serviceaccount plain`);
  const [agent, controller] = [
    await accountOf(test, "agent"),
    await accountOf(test, "controller"),
  ];
  const plain = await rightsOf(test, "plain");
  assertStringIncludes(plain.join("\n"), "create selfsubjectaccessreviews.authorization.k8s.io");
  const all = await rightsOf(test, controller);
  assertEquals(all.filter((right) => !plain.includes(right)), OF_THE_CONTROLLER);
  assertEquals(plain.filter((right) => !all.includes(right)), []);
  assertEquals(await rightsOf(test, agent), plain);
  for (const elsewhere of ["default", "kube-system"]) {
    assertEquals(await rightsOf(test, agent, elsewhere), plain, elsewhere);
    const withoutLease = all.filter((right) => !right.includes("leases"));
    assertEquals(await rightsOf(test, controller, elsewhere), withoutLease, elsewhere);
  }
}

/** The account that a component's pods really have. */
async function accountOf(test: TestCluster, component: "agent" | "controller"): Promise<string> {
  const [pod = ""] = await test.pods(component);
  return await podValue(test, pod, "{.spec.serviceAccountName}");
}

/** "verbs resources names" of all rights of an account, in a namespace and without one. */
async function rightsOf(
  test: TestCluster,
  account: string,
  namespace: string = NAMESPACE,
): Promise<string[]> {
  const subject = `system:serviceaccount:${NAMESPACE}:${account}`;
  const table = await test.sh(
    `kubectl auth can-i --list --no-headers --namespace ${namespace} --as=${subject}`,
  );
  // RESOURCES, NON-RESOURCE URLS, RESOURCE NAMES, VERBS; the latter three in brackets.
  const rights = table.trim().split("\n").map((line) => {
    const row = /^(\S*)\s+\[(.*?)\]\s+\[(.*?)\]\s+\[(.*?)\]\s*$/.exec(line);
    if (row === null) throw new Error(`kubectl prints a row that is unknown here: "${line}"`);
    const [, resource = "", paths = "", names = "", verbs = ""] = row;
    const sorted = verbs.split(" ").toSorted().join(",");
    return [sorted, resource, paths, names].filter((word) => word !== "").join(" ");
  });
  return rights.toSorted();
}

/** The pod asks for no token, and its one projected volume is the login at NATS. */
async function agentWithoutToken(test: TestCluster): Promise<void> {
  const [pod] = await test.pods("agent");
  const read = (path: string) =>
    test.sh(`kubectl --namespace ${NAMESPACE} get ${pod} -o jsonpath='{${path}}'`);
  assertEquals(await read(".spec.automountServiceAccountToken"), "false");
  assertEquals(await read(".spec.volumes..serviceAccountToken"), "");
  assertEquals(await read(".spec.volumes..secret.name"), `${RELEASE}-warm-images-agent-login`);
}

/**
 * What the kernel lets it do, and all that is mounted: no token, and nothing to write but a socket and
 * its own folder in memory.
 */
async function processOfAgent(test: TestCluster): Promise<void> {
  const [pid = ""] = await onlyProcesses(test, NODE, "warm-images-agent", 1);
  assertEquals(await rightsOfProcess(test, NODE, pid), { user: "0", ...NONE });
  assertEquals(await mountsOf(test, NODE, pid), [
    "/ ro",
    "/etc/containerd/certs.d ro",
    "/etc/warm-images/nats ro",
    "/run/containerd/containerd.sock rw",
    "/run/warm-images rw",
    "/var/lib/containerd ro",
  ]);
}

async function processesOfOthers(test: TestCluster): Promise<void> {
  for (const pid of await onlyProcesses(test, NODE, "warm-images-controller", 2)) {
    assertEquals(await rightsOfProcess(test, NODE, pid), { user: "65532", ...NONE });
    assertEquals(await mountsOf(test, NODE, pid), [
      "/ ro",
      "/etc/warm-images/nats ro",
      "/run/secrets/kubernetes.io/serviceaccount ro",
    ]);
  }
  const [nats = ""] = await onlyProcesses(test, NODE, "nats-server", 1);
  const { user, ...rights } = await rightsOfProcess(test, NODE, nats);
  assertEquals(user === "0", false, "NATS is not root");
  assertEquals(rights, NONE);
}

const NONE: Omit<ProcessRights, "user"> = {
  capabilities: ["0000000000000000"],
  gainsNone: true,
  filtered: true,
};

/** A namespace that enforces `restricted` turns agents away, in words that a page explains. */
async function restrictedAndShared(test: TestCluster): Promise<void> {
  await test.sh(`helm uninstall --namespace ${NAMESPACE} --wait ${RELEASE}`);
  await test.sh(`kubectl label namespace ${NAMESPACE} ${LEVEL}=restricted --overwrite`);
  const notes = await test.sh(`helm install --namespace ${NAMESPACE} ${RELEASE} ./chart`);
  assertStringIncludes(notes, `WARNING: Namespace "${NAMESPACE}" admits pods of the level`);
  await test.sh(
    `kubectl --namespace ${NAMESPACE} rollout status deployment/${RELEASE}-warm-images-controller --timeout 2m`,
  );
  const told = await eventOf(test, `${RELEASE}-warm-images-agent`, /PodSecurity/);
  const advice = adviceFor(SYMPTOMS, told);
  assertEquals(advice.length, 1, told);
  assertStringIncludes(advice[0] ?? "", "#two-namespaces");
  assertEquals(await test.pods("agent"), []);
}

/** The label of the page's step 1 is all that was missing: agents come by themselves. */
async function privilegedAndShared(test: TestCluster): Promise<void> {
  await test.sh(`kubectl label namespace ${NAMESPACE} ${LEVEL}=privileged --overwrite`);
  await test.untilReady();
  await warmsNew(test, "rights/shared");
}

/** The page's own commands; the namespace of its step 1 is there. */
async function twoNamespaces(test: TestCluster): Promise<void> {
  await test.sh(`helm uninstall --namespace ${NAMESPACE} --wait ${RELEASE}`);
  await carryOut(test, await sectionSteps(GUIDE.twoNamespaces));
  const rollout = (namespace: string, name: string) =>
    `kubectl --namespace ${namespace} rollout status ${name} --timeout 2m`;
  await test.sh(rollout(NAMESPACE, `deployment/${RELEASE}-warm-images-controller`));
  await test.sh(rollout("warm-images-nodes", `daemonset/${RELEASE}-warm-images-agent`));
  const levels = await test.sh(
    `kubectl get namespaces -l ${LEVEL} -o jsonpath='{range .items[*]}{.metadata.name} {.metadata.labels.pod-security\\.kubernetes\\.io/enforce} {end}'`,
  );
  assertEquals(levels.trim(), `${NAMESPACE} restricted warm-images-nodes privileged`);
  assertEquals(await test.pods("agent"), [], "agents are in the other namespace");
  await warmsNew(test, "rights/two");
}
