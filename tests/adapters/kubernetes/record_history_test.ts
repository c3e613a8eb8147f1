import { assertEquals } from "@std/assert";
import { KindRecords } from "../../../mod/adapters/kubernetes/kind_records.ts";
import { findKind } from "../../../mod/pure/objects/kinds.ts";
import { SharedRecords } from "../../../mod/pure/objects/shared_records.ts";

Deno.test("of a workload's idle ReplicaSets the newest are kept, and all that have replicas", () => {
  const records = open("ReplicaSet");
  records.put(replicaSet(1, 2));
  for (const number of [2, 3, 4, 5]) records.put(replicaSet(number));
  assertEquals(names(records), ["web-1", "web-4", "web-5"]);
  assertEquals(records.isShort, false);
});

Deno.test("an old ReplicaSet that is rolled back to is known from then on", () => {
  const records = open("ReplicaSet");
  for (const number of [1, 2, 3]) records.put(replicaSet(number));
  assertEquals(names(records), ["web-2", "web-3"]);
  assertEquals(records.put(replicaSet(4, 1, "web-1")), "shop/web-1");
  assertEquals(names(records), ["web-1", "web-2", "web-3"]);
  assertEquals(records.put(replicaSet(4, 0, "web-1")), "shop/web-1");
  assertEquals(names(records), ["web-1", "web-3"]);
});

Deno.test("what happens to a ReplicaSet that is left out is no cause", () => {
  const records = open("ReplicaSet");
  for (const number of [2, 3]) records.put(replicaSet(number));
  assertEquals(records.put(replicaSet(1)), undefined);
  assertEquals(records.put(replicaSet(1)), undefined);
  assertEquals(records.delete(replicaSet(1)), undefined);
});

Deno.test("one that is missed when a newer one is deleted comes back with the next list", () => {
  const records = open("ReplicaSet");
  for (const number of [1, 2, 3]) records.put(replicaSet(number));
  records.delete(replicaSet(3));
  assertEquals(records.isShort, true);
  records.beginList();
  for (const number of [1, 2]) records.put(replicaSet(number));
  records.finishList();
  assertEquals(names(records), ["web-1", "web-2"]);
  assertEquals(records.isShort, false);
});

Deno.test("ReplicaSets of nobody are all kept, and so are revisions that pods know by a hash", () => {
  const bare = open("ReplicaSet");
  for (const number of [1, 2, 3, 4]) {
    const { metadata: { ownerReferences: _, ...metadata }, ...rest } = replicaSet(number);
    bare.put({ ...rest, metadata });
  }
  assertEquals(names(bare).length, 4);
  const revisions = open("ControllerRevision");
  for (const revision of [1, 2, 3, 4]) {
    const { metadata, spec } = replicaSet(revision);
    revisions.put({ metadata, revision, data: { spec } });
  }
  assertEquals(names(revisions).length, 4);
});

Deno.test("pods that are replaced by others of the same shape are no cause; a first and a last one are", () => {
  const records = open("Pod");
  assertEquals(records.put(pod("a")), "shop/a");
  assertEquals(records.put(pod("b")), undefined);
  assertEquals(records.delete(pod("a")), undefined);
  assertEquals(records.put(pod("c")), undefined);
  assertEquals(records.put(pod("d", "proxy:2")), "shop/d");
  assertEquals(records.put(pod("c", "proxy:2")), undefined);
  assertEquals(records.delete(pod("b")), "shop/b");
  assertEquals([...records.records()].length, 1);
});

Deno.test("a pod that begins to wait shows nothing new, and is told apart", () => {
  const waiting: string[] = [];
  const records = open("Pod", (key) => waiting.push(key));
  records.put(pod("a"));
  const pending = { status: { phase: "Pending" } };
  assertEquals(records.put({ ...pod("b"), ...pending }), undefined);
  assertEquals(waiting, ["shop/b"]);
  assertEquals(records.waits("shop/b"), true);
  assertEquals([...records.records()].length, 2);
  assertEquals(records.put(pod("b")), undefined);
  assertEquals(records.waits("shop/b"), false);
  assertEquals([...records.records()].length, 1);
  assertEquals(records.put({ ...pod("c", "proxy:2"), ...pending }), "shop/c");
  assertEquals(records.delete(pod("c")), "shop/c");
});

function open(name: string, startedWaiting?: (key: string) => void): KindRecords {
  const kind = findKind({ group: groupOf(name), kind: name });
  if (kind === undefined) throw new Error(`No kind ${name}`);
  return new KindRecords(kind, { shared: new SharedRecords(), idleRevisions: 2 }, startedWaiting);
}

function groupOf(name: string): string {
  return name === "Pod" ? "" : "apps";
}

function replicaSet(number: number, replicas = 0, name = `web-${number}`) {
  return {
    metadata: {
      name,
      namespace: "shop",
      annotations: { "deployment.kubernetes.io/revision": `${number}` },
      ownerReferences: [
        { apiVersion: "apps/v1", kind: "Deployment", name: "web", controller: true },
      ],
    },
    spec: { replicas, template: { spec: { containers: [{ name: "main", image: "nginx:1" }] } } },
  };
}

function pod(name: string, sidecar = "proxy:1") {
  return {
    metadata: {
      name,
      namespace: "shop",
      creationTimestamp: "2026-11-26T10:00:00Z",
      ownerReferences: [
        { apiVersion: "apps/v1", kind: "ReplicaSet", name: "web-1", controller: true },
      ],
    },
    spec: {
      containers: [{ name: "main", image: "nginx:1" }, { name: "proxy", image: sidecar }],
    },
    status: { phase: "Running" },
  };
}

function names(records: KindRecords): string[] {
  return [...records.records()].map((record) =>
    record.type === "workload" ? record.workload.name : record.type
  ).sort();
}
