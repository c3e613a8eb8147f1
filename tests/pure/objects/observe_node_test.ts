import { assertEquals } from "@std/assert";
import { observeNode } from "../../../mod/pure/objects/observe_node.ts";
import type { ObservedNode } from "../../../mod/pure/objects/observed.ts";

const COLD = { key: "warm-images/cold", effect: "NoSchedule" };
const TAINTS = { "f:spec": { "f:taints": {} } };

function observed(
  parts: { managedFields?: unknown; taints?: unknown; status?: unknown; created?: string },
): ObservedNode {
  const { managedFields, taints = [COLD], status, created } = parts;
  const metadata = { name: "n1", uid: "u1", creationTimestamp: created, managedFields };
  const record = observeNode({ kind: "Node", metadata, spec: { taints }, status });
  if (record.type !== "node") throw new Error("It is no node");
  return record.node;
}

function entry(manager: string, time: unknown, fieldsV1: unknown, subresource?: string) {
  return { manager, operation: "Update", time, fieldsV1, ...(subresource && { subresource }) };
}

Deno.test("a node's taints are as old as the latest entry of those who own them", () => {
  const managedFields = [
    entry("kubelet", "2026-11-27T06:00:00Z", { "f:metadata": { "f:labels": {} } }),
    entry("kubectl-taint", "2026-11-27T06:10:00Z", TAINTS),
    entry("capi", "2026-11-27T06:05:00Z", TAINTS),
    entry("cloud-controller", "2026-11-27T06:20:00Z", { "f:spec": { "f:podCIDR": {} } }),
  ];
  assertEquals(observed({ managedFields }).taintsMs, Date.parse("2026-11-27T06:10:00Z"));
});

Deno.test("what is written of a status says nothing of when taints were", () => {
  const managedFields = [
    entry("kubelet", "2026-11-27T06:10:00Z", TAINTS),
    entry("kubelet", "2026-11-27T06:30:00Z", { ...TAINTS, "f:status": {} }, "status"),
  ];
  assertEquals(observed({ managedFields }).taintsMs, Date.parse("2026-11-27T06:10:00Z"));
});

Deno.test("where nobody says when, taints have no age, nor has a node without taints", () => {
  const at = "2026-11-27T06:10:00Z";
  const unreadable = [undefined, null, "x", {}, [null, 1, {}, entry("a", at, null)]];
  for (const managedFields of unreadable) {
    assertEquals("taintsMs" in observed({ managedFields }), false);
  }
  for (const time of [undefined, null, 7, "soon"]) {
    assertEquals("taintsMs" in observed({ managedFields: [entry("a", time, TAINTS)] }), false);
  }
  const managedFields = [entry("kubectl-taint", at, TAINTS)];
  for (const taints of [[], null]) {
    assertEquals("taintsMs" in observed({ managedFields, taints }), false);
  }
});

Deno.test("a node's condition is what it says of WarmImagesReady, and of nothing else", () => {
  const ready = { type: "Ready", status: "True" };
  const of = (...conditions: unknown[]) => observed({ status: { conditions } }).warmCondition;
  assertEquals(of(ready, { type: "WarmImagesReady", status: "False" }), "False");
  assertEquals(of({ type: "WarmImagesReady", status: "True" }, ready), "True");
  assertEquals(of(ready, null, "x", { type: "WarmImagesReady" }), undefined);
  assertEquals("warmCondition" in observed({ status: { conditions: null } }), false);
});

Deno.test("taints come in the order in which they are, as they are spelt", () => {
  const taints = [
    { key: "z", effect: "NoExecute", timeAdded: "2026-11-27T06:00:00Z" },
    { ...COLD, value: "" },
    { ...COLD, effect: "NoExecute", value: "True" },
  ];
  assertEquals(observed({ taints }).taints, [
    { key: "z", effect: "NoExecute" },
    COLD,
    { ...COLD, effect: "NoExecute", value: "True" },
  ]);
});
