// Which revisions of a workload are wanted.
import { assertEquals } from "@std/assert";
import {
  controllerRevision,
  nodeObject,
  ownedBy,
  podOf,
  replicaSet,
  workloadObject,
} from "./cluster_objects.ts";
import { nodesOf, Passes } from "./folding.ts";

Deno.test("all revisions that have pods are wanted, the current one in any case", () => {
  const current = workloadObject("Deployment", ["web:3"]);
  const sets = [1, 2, 3].map((number) => replicaSet(current, number, 1, [`web:${number}`]));
  const [old, , stuck] = sets;
  const pods = [podOf(old ?? {}, "a", ["web:1"]), podOf(stuck ?? {}, "b", ["web:3"])];
  assertEquals(new Passes().wants([current, ...sets, ...pods]), [
    "web:1 (revision 1)",
    "web:2 (revision 2)",
    "web:3",
  ]);
});

Deno.test("of a workload's history as many revisions as asked for stay wanted, and go last", () => {
  const current = workloadObject("Deployment", ["web:4"]);
  const sets = [1, 2, 3].map((number) => replicaSet(current, number, 0, [`web:${number}`]));
  const objects = [current, replicaSet(current, 4, 0, ["web:4"]), ...sets];
  assertEquals(new Passes().wants(objects), ["web:3 (kept 3)", "web:4"]);
  assertEquals(new Passes({ keepRevisions: 0 }).wants(objects), ["web:4"]);
  assertEquals(new Passes({ keepRevisions: 2 }).wants(objects), [
    "web:2 (kept 2)",
    "web:3 (kept 3)",
    "web:4",
  ]);
  const { images } = new Passes().pass(objects);
  assertEquals([...images.values()].map(({ priority }) => priority), [-(2 ** 31), 0]);
});

Deno.test("an empty ReplicaSet is history whoever owns it; without its owner the newest speaks", () => {
  const rollout = workloadObject("Rollout", ["web:4"]);
  const sets = [1, 2, 3].map((number) =>
    replicaSet(rollout, number, number === 3 ? 1 : 0, [`web:${number}`])
  );
  assertEquals(new Passes().wants([rollout, ...sets]), [
    "web:2 (kept 2)",
    "web:3 (revision 3)",
    "web:4",
  ]);
  const other = { ...rollout, apiVersion: "example.com/v1", kind: "Canary" };
  const others = [1, 2, 3].map((number) => replicaSet(other, number, 0, [`web:${number}`]));
  assertEquals(new Passes().wants(others), ["web:2 (kept 2)", "web:3"]);
});

Deno.test("revisions without a number are in the order in which they were made", () => {
  const owner = {
    apiVersion: "example.com/v1",
    kind: "Canary",
    metadata: { name: "web", namespace: "shop" },
  };
  const sets = [3, 1, 2].map((day) =>
    workloadObject("ReplicaSet", [`web:${day}`], {
      name: `web-${day}`,
      spec: { replicas: 0 },
      metadata: { ...ownedBy(owner), creationTimestamp: `2026-01-0${day}T00:00:00Z` },
    })
  );
  assertEquals(new Passes().wants(sets), ["web:2 (kept)", "web:3"]);
});

Deno.test("a DaemonSet's node affinity holds, though its controller takes it from the pods", () => {
  const affinityOf = (term: Record<string, unknown>) => ({
    affinity: {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [term] },
      },
    },
  });
  const inPool = affinityOf({
    matchExpressions: [{ key: "pool", operator: "In", values: ["gpu"] }],
  });
  const bound = affinityOf({
    matchFields: [{ key: "metadata.name", operator: "In", values: ["node-a"] }],
  });
  const owner = workloadObject("DaemonSet", ["driver:1"], { pod: inPool });
  const revision = controllerRevision(owner, 1, ["driver:1"], inPool);
  const nodes = [nodeObject("node-a", { pool: "gpu" }), nodeObject("node-b")];
  const labels = { "controller-revision-hash": "web-1" };
  const pod = podOf(owner, "web-x", ["driver:1"], { spec: bound, labels });
  for (const revisions of [[], [revision]]) {
    const all = [...nodes, owner, ...revisions, pod];
    const wanted = new Passes().pass(all);
    assertEquals(nodesOf(wanted, "docker.io/library/driver:1", all), ["node-a"]);
  }
});

Deno.test("revisions of StatefulSets and DaemonSets are told by the hash that their pods have", () => {
  for (const kind of ["StatefulSet", "DaemonSet"]) {
    const owner = workloadObject(kind, ["web:4"]);
    const revisions = [1, 2, 3, 4].map((number) =>
      controllerRevision(owner, number, [`web:${number}`])
    );
    const pods = [1, 4].map((number) =>
      podOf(owner, `web-${number}`, [`mirror.example/web:${number}`], {
        labels: { "controller-revision-hash": `web-${number}` },
      })
    );
    assertEquals(new Passes().wants([owner, ...revisions, ...pods]), [
      "mirror.example/web:1 (revision 1)",
      "mirror.example/web:3 (kept 3)",
      "mirror.example/web:4 (pods)",
    ], kind);
    assertEquals(new Passes().wants([owner, ...revisions]), ["web:3 (kept 3)", "web:4"], kind);
  }
});
