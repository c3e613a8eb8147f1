// Nodes that have just been made, as the bucket has them.
import { assertEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { nodeKey } from "../../mod/pure/bucket/state_keys.ts";
import { decodeNode, type NodeValue } from "../../mod/pure/bucket/wire.ts";
import type { ObservedNode } from "../../mod/pure/objects/observed.ts";
import { sampleNode } from "../harness/fakes/sample_values.ts";
import { scriptedSource } from "../harness/fakes/scripted_source.ts";
import { startController, type TestController } from "../harness/fakes/test_controller.ts";

const MINUTE = 60_000;

async function startWith(time: FakeTime, node: ObservedNode, startupTaints: readonly string[]) {
  const source = scriptedSource();
  source.put(node);
  const controller = await startController(time, { source, startupTaints });
  await controller.advance(2_000);
  return controller;
}

function nodeIn({ bucket }: TestController): NodeValue | undefined {
  const decoded = decodeNode(bucket.values.get(nodeKey("n1")) ?? "");
  return "value" in decoded ? decoded.value : undefined;
}

Deno.test("agents are told of a starting node as it will be, without its startup taints", async () => {
  using time = new FakeTime("2026-01-01T00:00:00Z");
  const dedicated = { key: "dedicated", value: "gpu", effect: "NoSchedule" };
  const taints = [
    { key: "node.cilium.io/agent-not-ready", effect: "NoExecute" },
    { key: "example.com/swap-off", effect: "NoSchedule" },
    dedicated,
  ];
  const node = sampleNode("n1", { taints });
  await using controller = await startWith(time, node, ["example.com/*"]);
  assertEquals(nodeIn(controller), { v: 1, ...sampleNode("n1", { taints: [dedicated] }) });
});

Deno.test("a new node lacks no resource until ten minutes have passed, with nothing else happening", async () => {
  using time = new FakeTime("2026-01-01T00:00:00Z");
  const node = sampleNode("n1", { resources: [], createdMs: Date.parse("2025-12-31T23:59:00Z") });
  await using controller = await startWith(time, node, []);
  assertEquals(nodeIn(controller)?.resources, undefined);
  await controller.advance(8 * MINUTE);
  assertEquals(nodeIn(controller)?.resources, undefined);
  await controller.advance(2 * MINUTE);
  assertEquals(nodeIn(controller), { v: 1, ...sampleNode("n1", { resources: [] }) });
});
