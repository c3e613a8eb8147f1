import { assertEquals } from "@std/assert";
import type { WantsRules } from "../../../mod/pure/wants/wants_fold.ts";
import { nodeObject, podOf, replicaSet, specOf, workloadObject } from "./cluster_objects.ts";
import { nodesOf, Passes, wantsOf } from "./folding.ts";

type Raw = Record<string, unknown>;

const A = "docker.io/library/a:1";
const [HIGH, LOW] = [1_000_000_000, -1_000_000_000];

const marks = (of: Raw) => ({ metadata: { annotations: of } });

function namespace(annotations: Raw, labels: Raw = {}, name = "shop"): Raw {
  return { apiVersion: "v1", kind: "Namespace", metadata: { name, annotations, labels } };
}

function fold(objects: readonly Raw[], rules: Partial<WantsRules> = {}) {
  return new Passes(rules).pass(objects);
}

const priorityOf = (objects: readonly Raw[]) => fold(objects).images.get(A)?.priority;

for (const kind of ["Deployment", "StatefulSet", "DaemonSet", "Job", "ReplicationController"]) {
  Deno.test(`a ${kind} marked high or low has such a priority`, () => {
    for (const [mark, priority] of [["high", HIGH], ["low", LOW]] as const) {
      const workload = workloadObject(kind, ["a:1"], marks({ "warm-images/priority": mark }));
      assertEquals(priorityOf([workload]), priority);
    }
  });
}

Deno.test("a CronJob's mark counts, and that of a Pod without an owner", () => {
  const metadata = { name: "x", namespace: "shop", labels: { "warm-images/priority": "high" } };
  const template = { spec: specOf(["a:1"]) };
  const spec = { schedule: "@daily", jobTemplate: { spec: { template } } };
  assertEquals(priorityOf([{ apiVersion: "batch/v1", kind: "CronJob", metadata, spec }]), HIGH);
  assertEquals(
    priorityOf([{ apiVersion: "v1", kind: "Pod", metadata, spec: specOf(["a:1"]) }]),
    HIGH,
  );
});

Deno.test("a namespace's mark counts for what is in it, and an object's own goes first", () => {
  const low = namespace({ "warm-images/priority": "low" });
  assertEquals(priorityOf([low, workloadObject("Deployment", ["a:1"])]), LOW);
  const own = workloadObject("Deployment", ["a:1"], marks({ "warm-images/priority": "high" }));
  assertEquals(priorityOf([low, own]), HIGH);
  const elsewhere = namespace({ "warm-images/priority": "low" }, {}, "other");
  assertEquals(priorityOf([elsewhere, workloadObject("Deployment", ["a:1"])]), 0);
});

Deno.test("a mark counts for pods and revisions, and does not raise what is kept for a rollback", () => {
  const web = workloadObject("Deployment", ["a:3"], marks({ "warm-images/priority": "high" }));
  const old = replicaSet(web, 1, 0, ["a:1"]);
  const running = replicaSet(web, 2, 1, ["a:2"]);
  const pod = podOf(running, "web-2-x", ["a:2", "mesh:1"]);
  const { images } = fold([web, old, running, pod]);
  const priorities = [...images].map(([name, { priority }]) => [name.slice(18), priority]);
  assertEquals(priorities, [["a:1", -(2 ** 31)], ["a:2", HIGH], ["a:3", HIGH], ["mesh:1", HIGH]]);
});

Deno.test("a mark lowers no pod of the system, and raises none that is lower still", () => {
  const pod = { priorityClassName: "system-node-critical" };
  const high = marks({ "warm-images/priority": "high" });
  const agent = workloadObject("DaemonSet", ["a:1"], { ...high, pod });
  assertEquals(priorityOf([agent]), 2_000_001_000);
});

Deno.test("nodes that a mark selects narrow where an image is wanted", () => {
  const nodes = [nodeObject("ci", { pool: "ci" }), nodeObject("web", { pool: "web" })];
  const narrow = marks({ "warm-images/nodes": "pool=ci" });
  for (const kind of ["Deployment", "StatefulSet", "DaemonSet", "Job"]) {
    const objects = [...nodes, workloadObject(kind, ["a:1"], narrow)];
    assertEquals(nodesOf(fold(objects), A, objects), ["ci"]);
  }
  const whole = [...nodes, namespace({ "warm-images/nodes": "pool=ci" })];
  const inIt = [...whole, workloadObject("Deployment", ["a:1"])];
  assertEquals(nodesOf(fold(inIt), A, inIt), ["ci"]);
  const own = [...whole, workloadObject("Deployment", ["a:1"], marks({ "warm-images/nodes": "" }))];
  assertEquals(nodesOf(fold(own), A, own), ["ci", "web"]);
});

Deno.test("a bad mark is named, and changes nothing", () => {
  const bad = { "warm-images/priority": "urgent", "warm-images/nodes": "pool in ci" };
  const web = workloadObject("Deployment", ["a:1"], marks(bad));
  const set = fold([web, namespace({ "warm-images/priority": "urgent" })]);
  assertEquals(set.images.get(A)?.priority, 0);
  assertEquals(set.images.get(A)?.placements, [{}]);
  assertEquals(
    set.faults.map(({ kind, name, field, value }) => `${kind} ${name} ${field} ${value}`),
    [
      "Deployment web warm-images/nodes pool in ci",
      "Deployment web warm-images/priority urgent",
      "Namespace shop warm-images/priority urgent",
    ],
  );
});

Deno.test("what is said of a bad mark stays small however long it is", () => {
  const web = workloadObject(
    "Deployment",
    ["a:1"],
    marks({ "warm-images/nodes": "x ".repeat(1e5) }),
  );
  assertEquals(JSON.stringify(fold([web]).faults).length < 500, true);
});

Deno.test("a mark to be skipped that is neither true nor false is named, and skips nothing", () => {
  const mark = { "warm-images/skip": "True" };
  const web = workloadObject("Deployment", ["a:1"], marks(mark));
  const set = fold([web, namespace(mark), namespace({ "warm-images/skip": "false" }, {}, "bank")]);
  assertEquals([...set.images.keys()], [A]);
  const faults = set.faults.map(({ kind, field, why }) => `${kind} ${field}: ${why}`);
  assertEquals(faults, [
    "Deployment warm-images/skip: it is neither true nor false",
    "Namespace warm-images/skip: it is neither true nor false",
  ]);
});

Deno.test("with only what is marked, a namespace or an object has to be", () => {
  const watch = { "warm-images/watch": "true" };
  const web = workloadObject("Deployment", ["a:1"]);
  const wants = (...objects: Raw[]) => wantsOf(fold(objects, { onlyMarked: true }));
  assertEquals(wants(web), []);
  assertEquals(wants(web, namespace({ "warm-images/watch": "false" })), []);
  assertEquals(wants(web, namespace(watch)), ["a:1"]);
  assertEquals(wants(web, namespace({}, watch)), ["a:1"]);
  assertEquals(wants(web, namespace(watch, {}, "other")), []);
  assertEquals(wants(workloadObject("Deployment", ["a:1"], marks(watch))), ["a:1"]);
  assertEquals(wantsOf(fold([web])), ["a:1"]);
});

Deno.test("with only what is marked, a workload's mark counts for its pods", () => {
  const web = workloadObject("StatefulSet", ["a:1"], marks({ "warm-images/watch": "true" }));
  const pods = [podOf(web, "web-0", ["a:1", "mesh:1"])];
  assertEquals(wantsOf(fold([web, ...pods], { onlyMarked: true })), ["a:1", "mesh:1 (pods)"]);
});

Deno.test("with only what is marked, a pod whose owner is not followed may be marked itself", () => {
  const run = {
    apiVersion: "ci.example/v1",
    kind: "Run",
    metadata: { name: "r", namespace: "shop" },
  };
  const pod = podOf(run, "r-1", ["a:1"], { labels: { "warm-images/watch": "true" } });
  assertEquals(wantsOf(fold([pod], { onlyMarked: true })), ["a:1"]);
  assertEquals(wantsOf(fold([podOf(run, "r-1", ["a:1"])], { onlyMarked: true })), []);
});

Deno.test("with only what is marked, list-images count all the same", () => {
  const rules = { onlyMarked: true, listImages: ["a:1"] };
  assertEquals(wantsOf(fold([workloadObject("Deployment", ["b:1"])], rules)), ["a:1"]);
});
