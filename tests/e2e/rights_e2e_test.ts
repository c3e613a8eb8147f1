import { assertEquals, assertStringIncludes } from "@std/assert";
import { must } from "../cluster/cluster.ts";
import { REPOSITORY } from "../lab/programs.ts";
import { waitUntil } from "../lab/process.ts";
import { realTest } from "../lab/skipping.ts";
import { type GuideStep, readGuide, stepsUnder } from "./guide.ts";
import { replaced } from "./replacements.ts";
import { NAMESPACE, RELEASE, type Stage, startStage } from "./stage.ts";
import { adviceFor, readSymptoms } from "./troubleshooting.ts";
import { whyNoStage } from "./why_no_stage.ts";
import { deploymentOf, sleeping } from "./workloads.ts";

const reason = await whyNoStage();
const NODE = "node-0";
const README = await Deno.readTextFile(`${REPOSITORY}README.md`);
const GUIDE = readGuide(README);
const LEVEL = "pod-security.kubernetes.io/enforce";

/** What the controller's account may do that no other account of the namespace may. */
const OF_THE_CONTROLLER = [
  "create leases.coordination.k8s.io",
  "get,list,watch cronjobs.batch",
  "get,list,watch daemonsets.apps",
  "get,list,watch deployments.apps",
  "get,list,watch jobs.batch",
  "get,list,watch namespaces",
  "get,list,watch nodes",
  "get,list,watch pods",
  "get,list,watch replicasets.apps",
  "get,list,watch statefulsets.apps",
  `get,update leases.coordination.k8s.io ${RELEASE}-warm-images`,
];

realTest(
  "controller and agent hold the rights that README tells, and no others",
  reason,
  async () => {
    await using stage = await startStage([{}]);
    await stage.install();
    await rightsOfAccounts(stage);
    await agentWithoutToken(stage);
    await agentOnItsNode(stage);
    await stage.sh(`helm uninstall --namespace ${NAMESPACE} --wait ${RELEASE}`);
    await restrictedAndShared(stage);
    await stage.sh(`helm uninstall --namespace ${NAMESPACE} --wait ${RELEASE}`);
    await twoNamespaces(stage);
  },
);

/** The agent's account may what any account may; the controller's reads, and writes one Lease. */
async function rightsOfAccounts(stage: Stage): Promise<void> {
  await stage.sh(`kubectl --namespace ${NAMESPACE} create serviceaccount plain`);
  const plain = await rightsOf(stage, "plain");
  assertStringIncludes(plain.join("\n"), "create selfsubjectaccessreviews.authorization.k8s.io");
  assertEquals(await rightsOf(stage, `${RELEASE}-warm-images-agent`), plain);
  const controller = await rightsOf(stage, `${RELEASE}-warm-images-controller`);
  assertEquals(controller.filter((right) => !plain.includes(right)), OF_THE_CONTROLLER);
  assertEquals(plain.filter((right) => !controller.includes(right)), []);
}

/** "verbs resources names" of all rights of an account, in its namespace and without one. */
async function rightsOf(stage: Stage, account: string): Promise<string[]> {
  const subject = `system:serviceaccount:${NAMESPACE}:${account}`;
  const table = await stage.sh(
    `kubectl auth can-i --list --no-headers --namespace ${NAMESPACE} --as=${subject}`,
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
async function agentWithoutToken(stage: Stage): Promise<void> {
  const [pod] = await stage.pods("agent");
  const read = (path: string) =>
    stage.sh(`kubectl --namespace ${NAMESPACE} get ${pod} -o jsonpath='{${path}}'`);
  assertEquals(await read(".spec.automountServiceAccountToken"), "false");
  assertEquals(await read(".spec.volumes..serviceAccountToken"), "");
  assertEquals(await read(".spec.volumes..secret.name"), `${RELEASE}-warm-images-agent-nats`);
}

/** What the kernel says of the agent's process. */
async function agentOnItsNode(stage: Stage): Promise<void> {
  const run = (script: string) => must(stage.cluster.onNode(NODE, "sh", "-c", script));
  const pid = (await run("pgrep -f '^/usr/local/bin/warm-images-agent'")).trim();
  assertEquals(/^\d+$/.test(pid), true, `one process is the agent: "${pid}"`);
  const status = Object.fromEntries(
    (await run(`cat /proc/${pid}/status`)).split("\n").map((line) => line.split(/:\s*/, 2)),
  );
  const { CapEff, CapBnd, CapPrm, CapInh, CapAmb, Seccomp, NoNewPrivs } = status;
  const none = "0000000000000000";
  assertEquals([CapEff, CapBnd, CapPrm, CapInh, CapAmb], [none, none, none, none, none]);
  assertEquals({ Seccomp, NoNewPrivs }, { Seccomp: "2", NoNewPrivs: "1" });
  const mounts = (await run(`cat /proc/${pid}/mountinfo`)).split("\n").map((line) =>
    line.split(" ")
  );
  const root = mounts.find(([, , , , target]) => target === "/")?.[5] ?? "";
  assertEquals(root.split(",").includes("ro"), true, `root file system: "${root}"`);
  assertEquals((await run(`ls /proc/${pid}/root/usr/local/bin`)).includes("ctr"), true);
  for (const path of ["/var/run/secrets/kubernetes.io", "/run/secrets/kubernetes.io"]) {
    const found = await run(`if [ -e /proc/${pid}/root${path} ]; then echo found; fi`);
    assertEquals(found, "", path);
  }
}

/** A namespace that enforces `restricted` turns agents away, in words that README explains. */
async function restrictedAndShared(stage: Stage): Promise<void> {
  await stage.sh(`kubectl label namespace ${NAMESPACE} ${LEVEL}=restricted --overwrite`);
  await stage.sh(`helm install --namespace ${NAMESPACE} ${RELEASE} ./chart`);
  await stage.sh(
    `kubectl --namespace ${NAMESPACE} rollout status deployment/${RELEASE}-warm-images-controller --timeout 2m`,
  );
  const about = `involvedObject.kind=DaemonSet,involvedObject.name=${RELEASE}-warm-images-agent`;
  const path = '{range .items[*]}{.message}{"\\n"}{end}';
  let told: string | undefined;
  await waitUntil("an event tells why there is no agent", async () => {
    const printed = await stage.sh(
      `kubectl --namespace ${NAMESPACE} get events --field-selector ${about} -o jsonpath='${path}'`,
    );
    told = printed.split("\n").find((line) => line.includes("forbidden"));
    return told !== undefined;
  }, { timeoutMs: 60_000, everyMs: 500 });
  const advice = adviceFor(readSymptoms(README), told ?? "");
  assertEquals(advice.length, 1, told);
  assertStringIncludes(advice[0] ?? "", "#two-namespaces");
  assertEquals(await stage.pods("agent"), []);
}

/** README's own commands; the namespace of its step 1 is there. */
async function twoNamespaces(stage: Stage): Promise<void> {
  await stage.sh(`kubectl label namespace ${NAMESPACE} ${LEVEL}-`);
  await carryOut(stage, stepsUnder(GUIDE, "Two namespaces"));
  const rollout = (namespace: string, name: string) =>
    `kubectl --namespace ${namespace} rollout status ${name} --timeout 2m`;
  await stage.sh(rollout(NAMESPACE, `deployment/${RELEASE}-warm-images-controller`));
  await stage.sh(rollout("warm-images-nodes", `daemonset/${RELEASE}-warm-images-agent`));
  const levels = await stage.sh(
    `kubectl get namespaces -l ${LEVEL} -o jsonpath='{range .items[*]}{.metadata.name} {.metadata.labels.pod-security\\.kubernetes\\.io/enforce} {end}'`,
  );
  assertEquals(levels.trim(), `${NAMESPACE} restricted warm-images-nodes privileged`);
  assertEquals(await stage.pods("agent"), [], "agents are in the other namespace");
  const image = await stage.push("rights/two-namespaces", 100_000);
  await stage.apply(deploymentOf("two", sleeping(image)));
  await stage.untilWarm(image);
}

async function carryOut(stage: Stage, steps: readonly GuideStep[]): Promise<void> {
  for (const { type, name, text } of steps) {
    if (type === "file") await stage.write(name, text);
    else await stage.sh(replaced(text));
  }
}
