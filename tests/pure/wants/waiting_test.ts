import { assertEquals } from "@std/assert";
import {
  controllerRevision,
  nodeObject,
  podOf,
  replicaSet,
  specOf,
  workloadObject,
} from "./cluster_objects.ts";
import { nodesOf, Passes, wantsOf } from "./folding.ts";

type Raw = Record<string, unknown>;

const SINCE = "2026-11-26T20:00:01Z";
const NEEDED = "2026-11-26T20:00:01.000Z";
const GATES = { schedulingGates: [{ name: "kueue.x-k8s.io/admission" }] };

const fold = (...objects: Raw[]) => new Passes().pass(objects);

/** Which image is needed since when, by short name. */
function needs(...objects: Raw[]): Record<string, string | undefined> {
  return Object.fromEntries(
    [...fold(...objects).images].map(([name, { neededBy }]) => [name.slice(18), neededBy]),
  );
}

const pending = { phase: "Pending", createdAt: SINCE };

for (const kind of ["StatefulSet", "DaemonSet", "Job", "ReplicationController"]) {
  Deno.test(`the image of a ${kind}'s pod that waits is needed since the pod was made`, () => {
    const owner = workloadObject(kind, ["a:1"]);
    const template = kind === "Job" ? undefined : needs(owner)["a:1"];
    assertEquals(template, undefined);
    assertEquals(needs(owner, podOf(owner, "web-0", ["a:1"], pending))["a:1"], NEEDED);
    assertEquals(needs(owner, podOf(owner, "web-0", ["a:1"]))["a:1"], undefined);
  });
}

Deno.test("the image of a Deployment's pod that waits is needed, beside pods that run", () => {
  const web = workloadObject("Deployment", ["a:1"]);
  const set = replicaSet(web, 1, 2, ["a:1"]);
  const runs = podOf(set, "web-1-x", ["a:1"]);
  const waits = podOf(set, "web-1-y", ["a:1"], pending);
  assertEquals(needs(web, set, runs, waits), { "a:1": NEEDED });
  assertEquals(needs(web, set, runs), { "a:1": undefined });
});

Deno.test("only what the pod that waits asks for is needed", () => {
  const web = workloadObject("Deployment", ["a:2"]);
  const before = replicaSet(web, 1, 1, ["a:1"]);
  const now = replicaSet(web, 2, 1, ["a:2"]);
  const runs = podOf(before, "web-1-x", ["a:1"]);
  const waits = podOf(now, "web-2-y", ["a:2", "mesh:1"], pending);
  assertEquals(needs(web, before, now, runs, waits), {
    "a:1": undefined,
    "a:2": NEEDED,
    "mesh:1": NEEDED,
  });
});

Deno.test("how many replicas there may be changes nothing about where an image is wanted", () => {
  const nodes = ["n1", "n2", "n3"].map((name) => nodeObject(name));
  const names = (replicas: number) => {
    const web = workloadObject("Deployment", ["a:1"], { spec: { replicas } });
    const scaler = {
      apiVersion: "autoscaling/v2",
      kind: "HorizontalPodAutoscaler",
      metadata: { name: "web", namespace: "shop" },
      spec: { maxReplicas: 3, scaleTargetRef: { kind: "Deployment", name: "web" } },
    };
    const objects = [...nodes, web, scaler];
    return nodesOf(fold(...objects), "docker.io/library/a:1", objects);
  };
  for (const replicas of [0, 1, 3]) assertEquals(names(replicas), ["n1", "n2", "n3"]);
});

Deno.test("a revision counts the moment it is written, before any pod is of it", () => {
  const web = workloadObject("Deployment", ["a:2"], { spec: { paused: true } });
  const before = replicaSet(web, 1, 1, ["a:1"]);
  const pod = podOf(before, "web-1-x", ["a:1"]);
  assertEquals(wantsOf(fold(web, before, pod)), ["a:1 (revision 1)", "a:2"]);
});

Deno.test("a canary counts before it is promoted", () => {
  const rollout = workloadObject("Rollout", ["a:2"], { spec: { strategy: { canary: {} } } });
  const stable = replicaSet(rollout, 1, 9, ["a:1"]);
  const canary = replicaSet(rollout, 2, 0, ["a:2"]);
  const pods = ["x", "y"].map((name) => podOf(stable, name, ["a:1"]));
  assertEquals(wantsOf(fold(rollout, stable, canary, ...pods)), ["a:1 (revision 1)", "a:2"]);
});

Deno.test("an update that waits for pods to be deleted counts at once", () => {
  const db = workloadObject("StatefulSet", ["a:2"], {
    spec: { updateStrategy: { type: "OnDelete" } },
  });
  const revisions = [controllerRevision(db, 1, ["a:1"]), controllerRevision(db, 2, ["a:2"])];
  const pod = podOf(db, "web-0", ["a:1"], { labels: { "controller-revision-hash": "web-1" } });
  assertEquals(wantsOf(fold(db, ...revisions, pod)), ["a:1 (revision 1)", "a:2"]);
});

Deno.test("a pod that gates hold asks for nothing, and does not wait", () => {
  const gated = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "p", namespace: "shop", creationTimestamp: SINCE },
    spec: specOf(["a:1"], GATES),
    status: { phase: "Pending" },
  };
  assertEquals(needs(gated), {});
  const run = {
    apiVersion: "ci.example/v1",
    kind: "Run",
    metadata: { name: "r", namespace: "shop" },
  };
  const owned = (spec: Raw) => podOf(run, "r-1", ["a:1"], { ...pending, spec });
  assertEquals(needs(owned({ ...GATES, nodeName: undefined })), {});
  assertEquals(needs(owned({ schedulingGates: [], nodeName: undefined })), { "a:1": NEEDED });
});

Deno.test("of a workload whose pods gates hold, the template asks", () => {
  const set = workloadObject("StatefulSet", ["a:1"]);
  const gated = podOf(set, "web-0", ["a:1", "mesh:1"], { ...pending, spec: GATES });
  assertEquals(needs(set, gated), { "a:1": undefined });
});
