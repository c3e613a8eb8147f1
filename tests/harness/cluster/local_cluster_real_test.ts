import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { type CommandResult, runCommand } from "../commands.ts";
import { startProcess, type TestProcess } from "../process.ts";
import { killProcess } from "../proc.ts";
import { waitUntil } from "../wait.ts";
import { REPOSITORY } from "../programs.ts";
import { realTest } from "../servers/skipping.ts";
import { inheritedFlags } from "../../../mod/build/offline_flags.ts";
import { kubernetesVersion } from "../tools/kubernetes_version.ts";
import { must } from "./cluster.ts";
import { newClusterName } from "./cluster_folders.ts";
import { leftovers, type Traces, tracesOf } from "./leftovers.ts";
import { LocalCluster } from "./local_cluster.ts";
import type { NodeSpec } from "./node_spec.ts";
import { startCluster } from "./open_cluster.ts";
import { whyNoLocalCluster } from "./requirements.ts";

const reason = await whyNoLocalCluster(["1.6", "1.7", "2.3", "2.4"]);

realTest("a local cluster runs pods on nodes of every line of containerd", reason, async () => {
  await using cluster = new LocalCluster(newClusterName("test"), { endsWithProcess: true });
  await startCluster(cluster, [
    { containerd: "1.7" },
    { containerd: "2.4" },
    { containerd: "2.3" },
  ]);
  const sleep = ["sleep", "3600"];
  await apply(cluster, [
    ...webOn("node-1"),
    pod("asking", "node-0", sleep),
    pod("resting", "node-2", sleep),
  ]);
  await must(cluster.kubectl("wait", "--for=condition=Ready", "pod", "--all", "--timeout=60s"));

  const answer = "wget -qO- http://web.default.svc.cluster.local/etc/passwd";
  await waitUntil("the Service is reached by its name", async () => {
    const { code, stdout } = await cluster.kubectl("exec", "asking", "--", "sh", "-c", answer);
    return code === 0 && stdout.includes("root:x:0:0");
  });
  assertMatch(await must(cluster.kubectl("logs", "web")), /^serving/);

  const added = await cluster.addNode({
    containerd: "1.6",
    labels: { shelf: "top" },
    taints: ["only=few:NoSchedule"],
  });
  await cluster.untilReady();
  const node = JSON.parse(await must(cluster.kubectl("get", "node", added, "-o", "json")));
  const { containerRuntimeVersion, kubeletVersion } = node.status.nodeInfo;
  assertMatch(containerRuntimeVersion, /^containerd:\/\/1\.6/);
  assertMatch(kubeletVersion, new RegExp(`^v${kubernetesVersion()}\\.`));
  assertEquals(node.metadata.labels.shelf, "top");
  assertEquals(node.spec.taints, [{ key: "only", value: "few", effect: "NoSchedule" }]);

  const busybox = `${await cluster.registry()}/library/busybox:1.35`;
  await must(cluster.ctr(added, "images", "pull", "--plain-http", busybox));
  await cluster.replaceNode(added, { containerd: "2.4", taints: ["only=new:NoSchedule"] });
  await cluster.untilReady();
  const fresh = JSON.parse(await must(cluster.kubectl("get", "node", added, "-o", "json")));
  assert(fresh.metadata.uid !== node.metadata.uid, "another object has its name");
  assertMatch(fresh.status.nodeInfo.containerRuntimeVersion, /^containerd:\/\/2\.4/);
  assertEquals(fresh.spec.taints, [{ key: "only", value: "new", effect: "NoSchedule" }]);
  assertEquals(await must(cluster.ctr(added, "images", "ls", "-q")), "", "its disk is new");

  using traces = await tracesOf(cluster);
  assertEquals([traces.namespaces.length, traces.devices.size], [4, 5]);
  assertMatch((await task("ctr", added, "--name", cluster.name)).stderr, /There is no cluster/);
  const nodes = await task("--name", cluster.name, "kubectl", "get", "nodes", "-o", "name");
  assertEquals(nodes.stdout, "node/node-0\nnode/node-1\nnode/node-2\nnode/node-3\n");
  const listed = await task("--name", cluster.name, "ctr", "node-1", "images", "ls", "-q");
  assertStringIncludes(listed.stdout, "library/busybox:1.35");
  assertEquals((await task("--name", cluster.name, "kubectl", "get", "nonsense")).code, 1);
  const again = await task("up", "--name", cluster.name);
  assertEquals(again.code, 2);
  assertStringIncludes(again.stderr, "it runs already");

  assertEquals((await task("down", "--name", cluster.name)).code, 0);
  assertEquals(await leftovers(traces), []);
});

realTest("a cluster whose start fails in the middle leaves nothing", reason, async () => {
  const cluster = new FailingCluster(newClusterName("test"), { endsWithProcess: true });
  const starting = startCluster(cluster, [{ name: "first" }, { name: "second" }]);
  await assertRejects(() => starting, Error, "Cannot start the second node");
  using traces = cluster.traces;
  assert(traces?.namespaces.length === 1, "the first node ran");
  assertEquals(await leftovers(traces), []);
});

realTest("Ctrl-C during up leaves nothing; one that died is replaced", reason, async () => {
  const cluster = new LocalCluster(newClusterName("test"));
  await using interrupted = await startUp(cluster.name);
  using first = await tracesOf(cluster);
  for (let times = 0; times < 2; times++) interrupted.ctrlC(); // `deno task` passes it on once more
  assertEquals((await interrupted.exited).code, 130, interrupted.log());
  assertEquals(await leftovers(first), []);

  await using _end = cluster;
  assertEquals((await task("up", "--name", cluster.name, "--nodes", "1")).code, 0);
  using second = await tracesOf(cluster);
  for (const daemon of await cluster.daemons.names()) {
    const pid = await cluster.daemons.pid(daemon);
    if (pid !== undefined) await killProcess(pid);
  }
  await waitUntil("it is dead, with all its processes", async () => {
    const processes = (await leftovers(second)).filter((each) => each.startsWith("process"));
    return !await cluster.lives() && processes.length === 0;
  });
  const third = await task("up", "--name", cluster.name, "--nodes", "1", "--on", "local");
  assertEquals(third.code, 0, third.stderr);
  assertStringIncludes(third.stdout, `export KUBECONFIG=${cluster.kubeconfig}`);
  assertEquals(await leftovers({ ...second, namespaces: [], name: "other" }), []);
  using traces = await tracesOf(cluster);
  await cluster.down();
  assertEquals(await leftovers(traces), []);
  assertEquals((await task("down", "--name", cluster.name)).code, 2);
});

/** Keeps the traces of its first node, and fails at the second one. */
class FailingCluster extends LocalCluster {
  traces: Traces | undefined;

  override async addNode(spec: NodeSpec): Promise<string> {
    if (this.traces !== undefined) throw new Error("Cannot start the second node");
    const name = await super.addNode(spec);
    this.traces = await tracesOf(this);
    return name;
  }
}

/** Runs `deno task cluster` to its end. */
async function task(...args: string[]): Promise<CommandResult> {
  return await runCommand(Deno.execPath(), [...taskArguments(), ...args]);
}

/** Until it waits for its nodes. */
async function startUp(name: string): Promise<TestProcess> {
  return await startProcess(Deno.execPath(), {
    args: [...taskArguments(), "up", "--name", name, "--on", "local"],
    detached: true,
    ready: (process) => Promise.resolve(process.log().includes("waiting until all")),
    readyTimeoutMs: 60_000,
  });
}

function taskArguments(): string[] {
  return ["run", "-A", "--no-check", ...inheritedFlags(), `${REPOSITORY}tests/tasks/cluster.ts`];
}

async function apply(cluster: LocalCluster, objects: readonly object[]): Promise<void> {
  const file = await Deno.makeTempFile({ suffix: ".json" });
  try {
    const list = { apiVersion: "v1", kind: "List", items: objects };
    await Deno.writeTextFile(file, JSON.stringify(list));
    await must(cluster.kubectl("apply", "-f", file));
  } finally {
    await Deno.remove(file);
  }
}

function webOn(node: string): object[] {
  const serve = ["sh", "-c", "echo serving; exec httpd -f -h /"];
  return [
    pod("web", node, serve),
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "web" },
      spec: { selector: { app: "web" }, ports: [{ port: 80 }] },
    },
  ];
}

function pod(name: string, nodeName: string, command: string[]): object {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, labels: { app: name } },
    spec: {
      nodeName,
      terminationGracePeriodSeconds: 0,
      containers: [{ name, image: "busybox:1.35", command }],
    },
  };
}
