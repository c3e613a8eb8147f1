import { assertEquals } from "@std/assert";
import type { GateFor } from "../../../mod/pure/node_gate/gate_rules.ts";
import { parseLabelSelector } from "../../../mod/pure/placement/label_selector.ts";
import type { WantsRules } from "../../../mod/pure/wants/wants_fold.ts";
import {
  controllerRevision,
  nodeObject,
  ownedBy,
  podOf,
  replicaSet,
  specOf,
  workloadObject,
} from "../wants/cluster_objects.ts";
import { observeAll, Passes } from "../wants/folding.ts";
import { dueOn } from "./due_images.ts";

type Raw = Record<string, unknown>;

const RUNNING: GateFor = { type: "running" };
const NODE = nodeObject("new");

/** Short names of the images that are due on a new node. */
function due(
  objects: readonly Raw[],
  gateFor: GateFor = RUNNING,
  rules: Partial<WantsRules> = {},
): string[] {
  const { images } = new Passes({ ...rules, gateFor }).pass(objects);
  const [node] = observeAll([NODE]).seen.nodes;
  return (node ? dueOn(node, images) : [])
    .map((image) => image.replace(/^docker\.io\/(?:library\/)?/, ""));
}

function cronJob(spec: Raw = {}): Raw {
  const jobTemplate = { spec: { template: { spec: specOf(["report:1"]) } } };
  return {
    apiVersion: "batch/v1",
    kind: "CronJob",
    metadata: { name: "report", namespace: "shop" },
    spec: { schedule: "0 * * * *", jobTemplate, ...spec },
  };
}

function scaledTo(replicas: number, images = ["a:1"], rest: Raw = {}): Raw {
  return workloadObject("Deployment", images, { spec: { replicas }, ...rest });
}

const labelled = (labels: Raw) => ({ metadata: { labels } });

function selecting(text: string): GateFor {
  const selector = parseLabelSelector(text);
  if ("fault" in selector) throw new Error(selector.fault);
  return { type: "selector", selector };
}

Deno.test("images of workloads that ask for pods are due, whether these are there yet or not", () => {
  for (const kind of ["Deployment", "StatefulSet", "DaemonSet", "Job", "Rollout"]) {
    assertEquals(due([workloadObject(kind, ["a:1", "b:1"])]), ["a:1", "b:1"], kind);
  }
});

Deno.test("nothing is due without a gate", () => {
  const { images } = new Passes().pass([workloadObject("Deployment", ["a:1"])]);
  assertEquals([...images.values()].map((image) => "due" in image), [false]);
});

Deno.test("a workload that is scaled to zero is due again once it is scaled up", () => {
  const passes = new Passes({ gateFor: RUNNING });
  const isDue = (replicas: number) =>
    [...passes.pass([scaledTo(replicas)]).images.values()].map((image) => image.due !== undefined);
  assertEquals([isDue(1), isDue(0), isDue(1)], [[true], [false], [true]]);
});

Deno.test("a workload that is scaled to zero is not due, nor are the pods that it still has", () => {
  const web = scaledTo(0);
  const current = replicaSet(web, 2, 0, ["a:1"]);
  const before = replicaSet(web, 1, 1, ["a:0"]);
  const pods = [podOf(current, "x", ["a:1", "proxy:1"]), podOf(before, "y", ["a:0"])];
  assertEquals(due([web, current, before, ...pods]), []);
  const set = { ...workloadObject("StatefulSet", ["b:1"], { spec: { replicas: 0 } }) };
  assertEquals(due([set, controllerRevision(set, 1, ["b:1"]), podOf(set, "z", ["b:1"])]), []);
});

Deno.test("an image that another workload asks for as well is due where that may run", () => {
  const asleep = scaledTo(0);
  const far = workloadObject("StatefulSet", ["a:1"], {
    name: "far",
    pod: { nodeSelector: { pool: "far" } },
  });
  const { images } = new Passes({ gateFor: RUNNING }).pass([asleep, far]);
  const [image] = images.values();
  assertEquals(image?.placements, [{ nodeSelector: { pool: "far" } }, {}]);
  assertEquals(image?.due, [{ nodeSelector: { pool: "far" } }]);
});

Deno.test("a Job is due while it runs, and not while it is suspended", () => {
  assertEquals(due([workloadObject("Job", ["a:1"])]), ["a:1"]);
  assertEquals(due([workloadObject("Job", ["a:1"], { spec: { suspend: true } })]), []);
  const ended = { ...workloadObject("Job", ["a:1"]), status: { completionTime: "2026-01-01" } };
  assertEquals(due([ended]), []);
});

Deno.test("a schedule is not due, however near its run is, but a Job of it that runs is", () => {
  assertEquals(due([cronJob()]), []);
  assertEquals(due([cronJob({ suspend: true })]), []);
  const job = workloadObject("Job", ["report:1"], {
    name: "report-1",
    metadata: ownedBy(cronJob()),
  });
  const pod = podOf(job, "report-1-x", ["report:1"], { phase: "Pending" });
  for (const spec of [{}, { suspend: true }]) {
    assertEquals(due([cronJob(spec), job]), ["report:1"]);
    assertEquals(due([cronJob(spec), job, pod]), ["report:1"]);
  }
  const suspended = workloadObject("Job", ["report:1"], {
    name: "report-1",
    metadata: ownedBy(cronJob()),
    spec: { suspend: true },
  });
  assertEquals(due([cronJob(), suspended]), []);
});

Deno.test("a Job of a schedule that is far from its next run is due", () => {
  const job = workloadObject("Job", ["report:1"], {
    name: "report-1",
    metadata: ownedBy(cronJob()),
  });
  const yearly = cronJob({ schedule: "0 0 1 12 *" });
  assertEquals(due([yearly], RUNNING, { cronLeadMs: 60_000 }), []);
  assertEquals(due([yearly, job], RUNNING, { cronLeadMs: 60_000 }), ["report:1"]);
});

Deno.test("an old revision is due while it has pods, and a rollback is not", () => {
  const web = workloadObject("Deployment", ["a:3"]);
  const sets = [
    replicaSet(web, 1, 0, ["a:1"]),
    replicaSet(web, 2, 1, ["a:2"]),
    replicaSet(web, 3, 1, ["a:3"]),
  ];
  const passes = new Passes({ gateFor: RUNNING });
  assertEquals([...passes.pass([web, ...sets]).images.keys()].length, 3);
  assertEquals(due([web, ...sets]), ["a:2", "a:3"]);
  const set = workloadObject("StatefulSet", ["b:2"]);
  const before = controllerRevision(set, 1, ["b:1"]);
  const revisions = [before, controllerRevision(set, 2, ["b:2"])];
  const pod = podOf(set, "b-0", ["b:1"], { labels: { "controller-revision-hash": "web-1" } });
  assertEquals(due([set, ...revisions]), ["b:2"]);
  assertEquals(due([set, ...revisions, pod]), ["b:1", "b:2"]);
});

Deno.test("what pods of a workload show is due, and a guess after them is as its workload is", () => {
  const isDue = (replicas: number) => {
    const passes = new Passes({ gateFor: RUNNING });
    const first = scaledTo(1);
    const set = replicaSet(first, 1, 1, ["a:1"]);
    passes.pass([first, set, podOf(set, "x", ["a:1", "proxy:1"])]);
    const next = workloadObject("Deployment", ["a:2"], { spec: { replicas } });
    const { images } = passes.pass([next, replicaSet(next, 2, replicas, ["a:2"])]);
    return [...images.values()].filter(({ due }) => due !== undefined)
      .map(({ reference }) => reference.replace("docker.io/library/", ""));
  };
  assertEquals([isDue(1), isDue(0)], [["a:2", "proxy:1"], []]);
});

Deno.test("revisions of a workload that is not followed are due while they have replicas", () => {
  const owner = { ...workloadObject("Deployment", []), apiVersion: "apps.example/v1", kind: "Web" };
  assertEquals(due([replicaSet(owner, 1, 2, ["a:1"])]), ["a:1"]);
  assertEquals(due([replicaSet(owner, 1, 0, ["a:1"])]), []);
});

Deno.test("a Rollout of a Deployment that it has scaled to zero is due by its own revisions", () => {
  const template = scaledTo(0);
  const { metadata } = template;
  const spec = { workloadRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" } };
  const rollout = { apiVersion: "argoproj.io/v1alpha1", kind: "Rollout", metadata, spec };
  const sets = [replicaSet(rollout, 1, 1, ["a:0"]), replicaSet(rollout, 2, 3, ["a:1"])];
  assertEquals(due([template, rollout, ...sets]), ["a:0", "a:1"]);
  assertEquals(due([template, rollout]), []);
});

Deno.test("Pods that nothing made are due, pending ones too, and so are those of unknown makers", () => {
  const pod = (phase: string) => ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "bare", namespace: "shop" },
    spec: specOf(["a:1"]),
    status: { phase },
  });
  assertEquals(due([pod("Pending")]), ["a:1"]);
  assertEquals(due([pod("Succeeded")]), []);
  const owner = { ...workloadObject("Deployment", []), apiVersion: "apps.example/v1", kind: "Web" };
  assertEquals(due([podOf(owner, "x", ["b:1"])]), ["b:1"]);
});

Deno.test("a scaled job is due by the Jobs that it has started alone", () => {
  const scaled = {
    apiVersion: "keda.sh/v1alpha1",
    kind: "ScaledJob",
    metadata: { name: "work", namespace: "shop" },
    spec: { jobTargetRef: { template: { spec: specOf(["a:1"]) } } },
  };
  const job = workloadObject("Job", ["a:1"], { name: "work-1", metadata: ownedBy(scaled) });
  assertEquals(due([scaled]), []);
  assertEquals(due([scaled, job]), ["a:1"]);
});

Deno.test("lists, and what variables name, are due only where everything is", () => {
  const list = {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "list", namespace: "shop", labels: { "warm-images/list": "true" } },
    data: { images: "listed:1" },
  };
  const operator = workloadObject("Deployment", [], {
    metadata: { annotations: { "warm-images/also": "env" } },
  });
  const env = [{ name: "RELATED_IMAGE_DB", value: "also.example/db:1" }];
  const spec = { containers: [{ name: "main", image: "operator:1", env }] };
  const objects = [list, { ...operator, spec: { template: { spec } } }];
  const rules = { listImages: ["setting:1"] };
  assertEquals(due(objects, RUNNING, rules), ["operator:1"]);
  assertEquals(due(objects, { type: "all" }, rules), [
    "listed:1",
    "operator:1",
    "setting:1",
    "also.example/db:1",
  ]);
});

Deno.test("what is skipped, ignored or not marked is not due either", () => {
  const web = workloadObject("Deployment", ["a:1"]);
  for (const gateFor of [RUNNING, { type: "all" }, selecting("!x")] as const) {
    const skipped = workloadObject("Deployment", ["a:1"], labelled({ "warm-images/skip": "true" }));
    assertEquals(due([skipped], gateFor), []);
    assertEquals(due([web], gateFor, { ignoreImages: ["a:"] }), []);
    assertEquals(due([web], gateFor, { ignoreSpaces: ["shop"] }), []);
    assertEquals(due([web], gateFor, { onlyMarked: true }), []);
    const marked = workloadObject("Deployment", ["a:1"], labelled({ "warm-images/watch": "true" }));
    assertEquals(due([marked], gateFor, { onlyMarked: true }), ["a:1"]);
  }
});

Deno.test("a share is of the same images as without one", () => {
  const objects = [scaledTo(1), cronJob(), workloadObject("DaemonSet", ["b:1"], { name: "net" })];
  assertEquals(due(objects, { type: "share", share: 0.8 }), due(objects));
});

Deno.test("by a selector what the labelled objects ask for is due, asleep or not", () => {
  const gateFor = selecting("tier in (front,back),!old");
  const of = (labels: Raw, replicas = 1) =>
    due([scaledTo(replicas, ["a:1"], labelled(labels))], gateFor);
  assertEquals(of({ tier: "front" }), ["a:1"]);
  assertEquals(of({ tier: "front" }, 0), ["a:1"]);
  assertEquals(of({ tier: "other" }), []);
  assertEquals(of({ tier: "front", old: "" }), []);
  assertEquals(of({}), []);
});

Deno.test("labels of a pod's template select nothing", () => {
  const web = workloadObject("Deployment", ["a:1"]);
  const template = { metadata: { labels: { tier: "front" } }, spec: specOf(["a:1"]) };
  assertEquals(due([{ ...web, spec: { template } }], selecting("tier=front")), []);
});

Deno.test("a selector that a namespace meets selects all that is in it, marked itself or not", () => {
  const gateFor = selecting("team=shop");
  const space = (name: string, labels: Raw) => ({
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name, labels },
  });
  const marked = { metadata: { annotations: { "warm-images/priority": "low" } } };
  const objects = [
    space("shop", { team: "shop" }),
    space("other", {}),
    workloadObject("Deployment", ["a:1"]),
    workloadObject("StatefulSet", ["b:1"], marked),
    workloadObject("Deployment", ["c:1"], { namespace: "other" }),
  ];
  assertEquals(due(objects, gateFor), ["a:1", "b:1"]);
  const [shop, ...others] = objects;
  const annotations = { "warm-images/nodes": "pool=ci" };
  const metadata = { name: "shop", labels: { team: "shop" }, annotations };
  assertEquals(due([{ ...shop, metadata }, ...others], gateFor), []);
});

Deno.test("by a selector pods of unknown makers have labels of their own", () => {
  const owner = { ...workloadObject("Deployment", []), apiVersion: "apps.example/v1", kind: "Web" };
  const gateFor = selecting("tier=front");
  assertEquals(due([podOf(owner, "x", ["a:1"], { labels: { tier: "front" } })], gateFor), ["a:1"]);
  assertEquals(due([podOf(owner, "x", ["a:1"])], gateFor), []);
  const both = [
    podOf(owner, "x", ["a:1"]),
    podOf(owner, "y", ["a:1"], { labels: { tier: "front" } }),
  ];
  assertEquals(due(both, gateFor), ["a:1"]);
});

Deno.test("by a selector a rollback is not due, and a list that has the label is", () => {
  const web = workloadObject("Deployment", ["a:2"], labelled({ tier: "front" }));
  const list = {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: {
      name: "list",
      namespace: "shop",
      labels: { "warm-images/list": "true", tier: "front" },
    },
    data: { images: "listed:1" },
  };
  const objects = [web, replicaSet(web, 1, 0, ["a:1"]), replicaSet(web, 2, 1, ["a:2"]), list];
  assertEquals(due(objects, selecting("tier=front")), ["a:2", "listed:1"]);
});

Deno.test("where an image is due follows its nodes, its tolerations and what its marks narrow", () => {
  const narrowed = workloadObject("Deployment", ["a:1"], {
    metadata: { annotations: { "warm-images/nodes": "pool=ci" } },
  });
  const { images } = new Passes({ gateFor: RUNNING }).pass([narrowed]);
  const nodes = [nodeObject("ci", { pool: "ci" }), nodeObject("web", { pool: "web" })];
  const lists = observeAll(nodes).seen.nodes.map((node) => dueOn(node, images).length);
  assertEquals(lists, [1, 0]);
});
