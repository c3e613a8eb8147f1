import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { KindRecords } from "../../../mod/adapters/kubernetes/kind_records.ts";
import { CLUSTER_KINDS, findKind } from "../../../mod/pure/objects/kinds.ts";
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

Deno.test("a heartbeat of a node's kubelet changes nothing, and what opens its gate does", () => {
  const kind = CLUSTER_KINDS.find((each) => each.kind === "Node");
  assert(kind);
  const records = new KindRecords(kind, { shared: new SharedRecords(), idleRevisions: 2 });
  const node = (beat: number, change: { tainted?: string; warm?: string } = {}) => {
    const { tainted = "2026-11-27T06:00:00Z", warm } = change;
    const at = `2026-11-27T06:0${beat}:00Z`;
    const managedFields = [
      { manager: "kubelet", time: tainted, fieldsV1: { "f:spec": { "f:taints": {} } } },
      { manager: "kubelet", time: at, subresource: "status", fieldsV1: { "f:status": {} } },
    ];
    return {
      kind: "Node",
      metadata: { name: "n1", uid: "u1", resourceVersion: String(beat), managedFields },
      spec: { taints: [{ key: "warm-images/cold", effect: "NoSchedule" }] },
      status: {
        conditions: [
          { type: "Ready", status: "True", lastHeartbeatTime: at },
          ...(warm ? [{ type: "WarmImagesReady", status: warm, lastHeartbeatTime: at }] : []),
        ],
        images: [{ names: [`a:${beat}`] }],
      },
    };
  };
  assertEquals(records.put(node(1)), "n1");
  assertEquals(records.put(node(2)), undefined);
  assertEquals(records.put(node(3, { warm: "True" })), "n1");
  assertEquals(records.put(node(4, { warm: "True" })), undefined);
  assertEquals(records.put(node(5, { warm: "True", tainted: "2026-11-27T06:04:30Z" })), "n1");
});
