import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { KindRecords } from "../../../mod/adapters/kubernetes/kind_records.ts";
import { findKind } from "../../../mod/pure/objects/kinds.ts";
import type { Placement } from "../../../mod/pure/objects/observed.ts";
import { SharedRecords } from "../../../mod/pure/objects/shared_records.ts";

function pod(name: string, spec: Record<string, unknown>, owner?: string) {
  const ownerReferences = owner &&
    [{ apiVersion: "apps/v1", kind: owner, name: "web", controller: true }];
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace: "shop", ...(ownerReferences && { ownerReferences }) },
    spec: { containers: [{ image: "nginx:1" }], ...spec },
  };
}

function podRecords(): KindRecords {
  const kind = findKind({ group: "", kind: "Pod" });
  assert(kind);
  return new KindRecords(kind, { shared: new SharedRecords(), idleRevisions: 2 });
}

function placements(records: KindRecords): Placement[] {
  return [...records.records()].flatMap((each) =>
    each.type === "workload" ? each.workload.shapes.map(({ placement }) => placement) : []
  );
}

Deno.test("ten thousand pods of one revision are one record, told when the first comes and the last goes", () => {
  const records = podRecords();
  const told: unknown[] = [];
  for (let number = 0; number < 10_000; number++) {
    told.push(records.put(pod(`web-${number}`, {}, "ReplicaSet")));
  }
  assertEquals(told.filter((key) => key !== undefined), ["shop/web-0"]);
  assertEquals([...records.records()].length, 1);
  records.beginList();
  records.put(pod("web-7", {}, "ReplicaSet"));
  assertEquals(records.finishList(), false);
  assertEquals(records.delete(pod("web-7", {}, "ReplicaSet")), "shop/web-7");
  assertEquals([...records.records()], []);
});

Deno.test("a pod that becomes unlike its like is told", () => {
  const records = podRecords();
  for (const name of ["web-1", "web-2"]) records.put(pod(name, {}, "ReplicaSet"));
  const debugged = pod("web-1", { ephemeralContainers: [{ image: "debug:1" }] }, "ReplicaSet");
  assertEquals(records.put(debugged), "shop/web-1");
  assertEquals(records.put(debugged), undefined);
  assertEquals([...records.records()].length, 2);
  assertEquals(records.delete(debugged), "shop/web-1");
});

Deno.test("records that place their pods alike share it", () => {
  const records = podRecords();
  const spec = () => ({ nodeSelector: { zone: "a" }, tolerations: [{ operator: "Exists" }] });
  records.put(pod("one", spec()));
  records.put(pod("two", spec()));
  const [one, two] = placements(records);
  assertStrictEquals(one, two);
  assertEquals(records.put(pod("two", spec())), undefined);
  assertEquals(records.put(pod("two", { nodeSelector: { zone: "b" } })), "shop/two");
  assertEquals(placements(records).map(({ nodeSelector }) => nodeSelector?.["zone"]), ["a", "b"]);
});
