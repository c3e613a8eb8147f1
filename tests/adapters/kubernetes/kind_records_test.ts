import { assertEquals, assertStrictEquals } from "@std/assert";
import { KindRecords } from "../../../mod/adapters/kubernetes/kind_records.ts";
import type { Placement } from "../../../mod/pure/objects/observed.ts";

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

function placements(records: KindRecords): Placement[] {
  return [...records.records].flatMap((each) =>
    each.type === "workload" ? [each.workload.placement] : []
  );
}

Deno.test("ten thousand owned pods leave no record, and are not missed when they are gone", () => {
  const records = new KindRecords("Pod", (kind) => kind === "ReplicaSet");
  records.beginList();
  const told = [records.put(pod("bare", {}))];
  for (let number = 0; number < 10_000; number++) {
    told.push(records.put(pod(`web-${number}`, {}, "ReplicaSet")));
  }
  assertEquals(told.filter((key) => key !== undefined), ["shop/bare"]);
  assertEquals([...records.records].length, 1);
  records.finishList();
  records.beginList();
  records.put(pod("bare", {}));
  assertEquals(records.finishList(), false);
  assertEquals(records.delete(pod("web-1", {}, "ReplicaSet")), undefined);
});

Deno.test("records that place their pods alike share it", () => {
  const records = new KindRecords("Pod", () => false);
  const spec = () => ({ nodeSelector: { zone: "a" }, tolerations: [{ operator: "Exists" }] });
  records.put(pod("one", spec()));
  records.put(pod("two", spec()));
  const [one, two] = placements(records);
  assertStrictEquals(one, two);
  assertEquals(records.put(pod("two", spec())), undefined);
  assertEquals(records.put(pod("two", { nodeSelector: { zone: "b" } })), "shop/two");
  assertEquals(placements(records).map(({ nodeSelector }) => nodeSelector?.["zone"]), ["a", "b"]);
});

Deno.test("what counts no more by then is left to its owner's kind", () => {
  let speaking = false;
  const records = new KindRecords("Pod", (kind) => speaking && kind === "ReplicaSet");
  records.put(pod("bare", {}));
  records.put(pod("web", {}, "ReplicaSet"));
  assertEquals([[...records.records].length, records.leftSomethingTo("ReplicaSet")], [2, false]);
  speaking = true;
  records.leaveOwned();
  assertEquals([[...records.records].length, records.leftSomethingTo("ReplicaSet")], [1, true]);
});
