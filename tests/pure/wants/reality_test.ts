import { assertEquals } from "@std/assert";
import {
  nodeObject,
  ownedBy,
  podOf,
  replicaSet,
  specOf,
  workloadObject,
} from "./cluster_objects.ts";
import { FORGET_MS, nodesOf, Passes } from "./folding.ts";

const PROXY = { name: "proxy", image: "mesh.example/proxy:1" };
const WEB = workloadObject("Deployment", ["web:1"]);

/** A pod into which a webhook has put a sidecar and its init container. */
function injected(owner: Record<string, unknown>, name: string, image: string) {
  const spec = {
    initContainers: [{ name: "proxy-init", image: "mesh.example/init:1" }],
    containers: [{ name: "c0", image }, PROXY],
  };
  return podOf(owner, name, [], { spec });
}

Deno.test("what a webhook adds to a workload's pods is wanted wherever its pods may run", () => {
  const set = replicaSet(WEB, 1, 1, ["web:1"]);
  const objects = [nodeObject("node-a"), nodeObject("node-b"), WEB, set];
  const all = [...objects, injected(set, "web-x", "web:1")];
  const wanted = new Passes().pass(all);
  assertEquals(new Passes().wants(all), [
    "web:1",
    "mesh.example/init:1 (pods)",
    "mesh.example/proxy:1 (pods)",
  ]);
  for (const reference of wanted.images.keys()) {
    assertEquals(nodesOf(wanted, reference, all), ["node-a", "node-b"]);
  }
});

Deno.test("the reason names the ReplicaSet whose pods showed it, whichever comes first", () => {
  const [older, newer] = [replicaSet(WEB, 1, 1, ["web:1"]), replicaSet(WEB, 2, 1, ["web:1"])];
  const pods = [injected(newer, "web-y", "web:1"), injected(older, "web-x", "web:1")];
  const passes = new Passes();
  for (const order of [pods, pods.toReversed()]) {
    const { images } = passes.pass([WEB, older, newer, ...order]);
    assertEquals(images.get("mesh.example/proxy:1")?.reasons, [
      { kind: "Deployment", namespace: "shop", name: "web", how: "pods", shownBy: "web-1" },
    ]);
    assertEquals(images.get("docker.io/library/web:1")?.reasons, [
      { kind: "Deployment", namespace: "shop", name: "web" },
    ]);
  }
  const { images } = passes.pass([WEB, replicaSet(WEB, 2, 0, ["web:1"])]);
  assertEquals(images.get("mesh.example/proxy:1")?.reasons[0]?.how, "guess");
  assertEquals(images.get("mesh.example/proxy:1")?.reasons[0]?.shownBy, "web-1");
});

Deno.test("so it is for every kind of owner, in each namespace for itself", () => {
  for (const kind of ["StatefulSet", "DaemonSet", "ReplicationController", "Job", "ReplicaSet"]) {
    const owner = workloadObject(kind, ["web:1"]);
    const other = workloadObject(kind, ["web:1"], { namespace: "bank" });
    const objects = [owner, other, injected(owner, "web-x", "web:1")];
    const expected = ["web:1", "mesh.example/init:1 (pods)", "mesh.example/proxy:1 (pods)"];
    assertEquals(new Passes().wants(objects), expected, kind);
    const reasons = new Passes().pass(objects).images.get("mesh.example/proxy:1")?.reasons;
    assertEquals(reasons?.map(({ namespace }) => namespace), ["shop"]);
  }
});

Deno.test("where a registry is rewritten at admission, what pods ask for is wanted and the template's image is not", () => {
  const set = replicaSet(WEB, 1, 1, ["web:1"]);
  const pod = podOf(set, "web-x", ["mirror.example/hub/library/web:1"]);
  assertEquals(new Passes().wants([WEB, set, pod]), ["mirror.example/hub/library/web:1 (pods)"]);
});

Deno.test("a placeholder is no image, and the pods show what it stands for", () => {
  const gateway = workloadObject("Deployment", ["auto"]);
  const set = replicaSet(gateway, 1, 1, ["auto"]);
  assertEquals(new Passes().wants([gateway, set]), []);
  const pod = podOf(set, "web-x", ["istio/proxyv2:1"]);
  assertEquals(new Passes().wants([gateway, set, pod]), ["istio/proxyv2:1 (pods)"]);
});

Deno.test("an ephemeral container of one pod is wanted while that pod lives", () => {
  const set = replicaSet(WEB, 1, 2, ["web:1"]);
  const spec = { ephemeralContainers: [{ name: "debugger", image: "busybox:1" }] };
  const pods = [podOf(set, "web-x", ["web:1"]), podOf(set, "web-y", ["web:1"], { spec })];
  assertEquals(new Passes().wants([WEB, set, ...pods]), ["busybox:1 (pods)", "web:1"]);
});

Deno.test("what admission adds to where pods may run counts, the template's own does not", () => {
  const set = replicaSet(WEB, 1, 1, ["web:1"]);
  const spec = {
    nodeSelector: { pool: "team" },
    tolerations: [{ key: "team", operator: "Exists" }],
  };
  const taints = { spec: { taints: [{ key: "team", effect: "NoSchedule" }] } };
  const nodes = [nodeObject("node-a", { pool: "team" }, taints), nodeObject("node-b")];
  const all = [...nodes, WEB, set, podOf(set, "web-x", ["web:1"], { spec })];
  assertEquals(nodesOf(new Passes().pass(all), "docker.io/library/web:1", all), ["node-a"]);
});

Deno.test("the next revision is expected as pods of the last one were", () => {
  const next = workloadObject("Deployment", ["web:2", "other:1"]);
  const set = replicaSet(WEB, 1, 1, ["web:1"]);
  const spec = { containers: [{ name: "c0", image: "mirror.example/hub/library/web:1" }, PROXY] };
  const pod = podOf(set, "web-x", [], { spec });
  assertEquals(new Passes().wants([next, set, pod]), [
    "mesh.example/proxy:1 (revision 1)",
    "mirror.example/hub/library/other:1 (guess)",
    "mirror.example/hub/library/web:1 (revision 1)",
    "mirror.example/hub/library/web:2 (guess)",
  ]);
  const newest = replicaSet(next, 2, 1, ["web:2", "other:1"]);
  const plain = podOf(newest, "web-y", ["web:2", "other:1"]);
  assertEquals(new Passes().wants([next, set, pod, newest, plain]), [
    "other:1",
    "web:2",
    "mesh.example/proxy:1 (revision 1)",
    "mirror.example/hub/library/web:1 (revision 1)",
  ]);
});

Deno.test("what some pods of a revision show and others do not may happen to the next, or not", () => {
  const old = replicaSet(WEB, 1, 2, ["web:1"]);
  const next = workloadObject("Deployment", ["web:2"]);
  const pods = [
    podOf(old, "web-x", ["web:1"]),
    podOf(old, "web-y", ["mirror.example/hub/library/web:1"]),
  ];
  for (const turn of [pods, pods.toReversed()]) {
    assertEquals(new Passes().wants([next, old, ...turn]), [
      "web:1 (revision 1)",
      "web:2",
      "mirror.example/hub/library/web:1 (revision 1)",
      "mirror.example/hub/library/web:2 (guess)",
    ]);
  }
});

Deno.test("what the last pods of a workload showed is known for a while after it was scaled to zero", () => {
  const passes = new Passes();
  const set = replicaSet(WEB, 1, 1, ["web:1"]);
  const idle = replicaSet(WEB, 1, 0, ["web:1"]);
  const pod = podOf(set, "web-x", ["mirror.example/library/web:1"]);
  assertEquals(passes.wants([WEB, set, pod], 0), ["mirror.example/library/web:1 (pods)"]);
  assertEquals(passes.wants([WEB, idle], 1), ["mirror.example/library/web:1 (guess)"]);
  assertEquals(passes.wants([WEB, idle], FORGET_MS), ["mirror.example/library/web:1 (guess)"]);
  assertEquals(passes.wants([WEB, idle], FORGET_MS + 1), ["web:1"]);
});

Deno.test("what pods of a schedule showed is known until its next run, however long that takes", () => {
  const passes = new Passes();
  const cron = {
    apiVersion: "batch/v1",
    kind: "CronJob",
    metadata: { name: "web", namespace: "shop" },
    spec: {
      schedule: "0 1 * * *",
      jobTemplate: { spec: { template: { spec: specOf(["nightly:1"]) } } },
    },
  };
  const job = workloadObject("Job", ["nightly:1"], { name: "web-1", metadata: ownedBy(cron) });
  const pod = podOf(job, "web-1-x", ["mirror.example/library/nightly:1"]);
  passes.pass([cron, job, pod], 0);
  const [wanted] = passes.pass([cron], 100 * FORGET_MS).images.keys();
  assertEquals(wanted, "mirror.example/library/nightly:1");
  passes.pass([], 100 * FORGET_MS);
  passes.pass([], 102 * FORGET_MS);
  assertEquals([...passes.pass([cron], 102 * FORGET_MS).images.keys()], [
    "docker.io/library/nightly:1",
  ]);
});

Deno.test("pods of a kind that is called like another count for themselves", () => {
  const others = [
    ["batch.volcano.sh/v1alpha1", "Task"],
    ["example.com/v1", "Job"],
    ["example.com/v1", "StatefulSet"],
    ["example.com/v1", "DaemonSet"],
  ];
  for (const [apiVersion, kind] of others) {
    const owner = { apiVersion, kind, metadata: { name: "web", namespace: "shop" } };
    const same = workloadObject(kind === "Task" ? "Job" : kind ?? "", ["same:1"]);
    const objects = [same, podOf(owner, "web-0", ["step:1"])];
    assertEquals(new Passes().wants(objects).sort(), ["same:1", "step:1"], kind);
  }
});

Deno.test("a pod whose owner does not speak is wanted wherever it might have run", () => {
  const owner = {
    apiVersion: "example.com/v1",
    kind: "Workflow",
    metadata: { name: "build", namespace: "ci" },
  };
  const nodes = ["a", "b"].map((name) => nodeObject(`node-${name}`, { pool: "ci" }));
  const spec = { nodeSelector: { pool: "ci" } };
  const objects = [...nodes, nodeObject("node-c"), podOf(owner, "step", ["step:1"], { spec })];
  const set = new Passes().pass(objects);
  assertEquals(nodesOf(set, "docker.io/library/step:1", objects), ["node-a", "node-b"]);
  assertEquals(set.images.get("docker.io/library/step:1")?.reasons, [{
    kind: "Pod",
    namespace: "ci",
    name: "build",
    of: { group: "example.com", kind: "Workflow", name: "build" },
  }]);
});

Deno.test("a Job speaks for itself where what made it does not, and for its CronJob where it does", () => {
  const template = { spec: specOf(["nightly:1"]) };
  const cron = {
    apiVersion: "batch/v1",
    kind: "CronJob",
    metadata: { name: "web", namespace: "shop" },
    spec: { jobTemplate: { spec: { template } } },
  };
  const job = (owner: Record<string, unknown>) =>
    workloadObject("Job", ["nightly:1"], { name: "web-1", metadata: ownedBy(owner) });
  const run = job(cron);
  const pod = podOf(run, "web-1-x", ["mirror.example/library/nightly:1"]);
  assertEquals(new Passes().wants([cron, run, pod]), ["mirror.example/library/nightly:1 (pods)"]);
  const other = { ...cron, apiVersion: "example.com/v1", kind: "Schedule" };
  const { images } = new Passes().pass([job(other)]);
  assertEquals([...images.values()].map(({ reasons }) => reasons[0]?.kind), ["Job"]);
});

Deno.test("a pod of a revision that nothing tells is wanted beside the template", () => {
  const owner = workloadObject("StatefulSet", ["web:2"]);
  const stray = podOf(owner, "web-0", ["web:1"]);
  assertEquals(new Passes().wants([owner, stray]), ["web:1 (pods)", "web:2"]);
});

Deno.test("a Job's template never changes, so its pods are of it whatever admission made of them", () => {
  const job = workloadObject("Job", ["web:1"]);
  const digest = `web@sha256:${"a".repeat(64)}`;
  assertEquals(new Passes().wants([job, podOf(job, "web-x", [digest])]), [`${digest} (pods)`]);
  const flattened = podOf(job, "web-x", ["mirror.example/hub-library-web:1"]);
  assertEquals(new Passes().wants([job, flattened]), ["mirror.example/hub-library-web:1 (pods)"]);
});

Deno.test("what is to be skipped is skipped with its revisions and pods", () => {
  const annotations = { "warm-images/skip": "true" };
  const owner = workloadObject("Deployment", ["web:1"], { metadata: { annotations } });
  const set = replicaSet(owner, 1, 1, ["web:1"]);
  assertEquals(new Passes().wants([owner, set, podOf(set, "web-x", ["web:1"])]), []);
});

Deno.test("a pod that waits makes its image needed, though its template has no such time", () => {
  const set = replicaSet(WEB, 1, 2, ["web:1"]);
  const createdAt = "2026-01-02T03:04:05Z";
  const waiting = podOf(set, "web-y", ["web:1"], { phase: "Pending", createdAt });
  const objects = [WEB, set, podOf(set, "web-x", ["web:1"])];
  const neededBy = (more: readonly Record<string, unknown>[]) =>
    new Passes().pass([...objects, ...more]).images.get("docker.io/library/web:1")?.neededBy;
  assertEquals(neededBy([]), undefined);
  assertEquals(neededBy([waiting]), "2026-01-02T03:04:05.000Z");
});

Deno.test("a RuntimeClass adds to where its pods may run, a PriorityClass says which go first", () => {
  const pod = { runtimeClassName: "kata", priorityClassName: "urgent" };
  const owner = workloadObject("Deployment", ["web:1"], { pod });
  const kata = {
    apiVersion: "node.k8s.io/v1",
    kind: "RuntimeClass",
    metadata: { name: "kata" },
    handler: "kata",
    scheduling: {
      nodeSelector: { runtime: "kata" },
      tolerations: [{ key: "kata", operator: "Exists" }],
    },
  };
  const urgent = {
    apiVersion: "scheduling.k8s.io/v1",
    kind: "PriorityClass",
    metadata: { name: "urgent" },
    value: 70,
  };
  const { images } = new Passes().pass([owner, kata, urgent]);
  const image = images.get("docker.io/library/web:1");
  assertEquals([image?.priority, image?.placements], [70, [{
    nodeSelector: { runtime: "kata" },
    tolerations: [{ key: "kata", operator: "Exists" }],
  }]]);
  const standard = { ...urgent, metadata: { name: "standard" }, value: 5, globalDefault: true };
  const plain = workloadObject("Deployment", ["web:2"]);
  const { images: others } = new Passes().pass([plain, standard]);
  assertEquals(others.get("docker.io/library/web:2")?.priority, 5);
});

Deno.test("what a RuntimeClass adds is the same placement as what is written so", () => {
  const arm = { key: "arm", operator: "Exists" };
  const kata = { key: "kata", operator: "Exists" };
  const runtimeClass = {
    apiVersion: "node.k8s.io/v1",
    kind: "RuntimeClass",
    metadata: { name: "kata" },
    scheduling: { nodeSelector: { runtime: "kata" }, tolerations: [kata] },
  };
  const byClass = { runtimeClassName: "kata", tolerations: [arm] };
  const written = { nodeSelector: { runtime: "kata" }, tolerations: [arm, kata] };
  const objects = [byClass, written].map((pod, index) =>
    workloadObject("Deployment", ["web:1"], { name: `web-${index}`, pod })
  );
  const { images } = new Passes().pass([...objects, runtimeClass]);
  assertEquals(images.get("docker.io/library/web:1")?.placements.length, 1);
});
