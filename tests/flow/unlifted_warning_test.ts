import { assertEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import type { GateTaint } from "../../mod/pure/node_gate/gate_rules.ts";
import { sampleNode } from "../harness/fakes/sample_values.ts";
import { COLD, coldNode, MINUTE, startGated } from "../harness/fakes/gated_controller.ts";
import { startController, type TestController } from "../harness/fakes/test_controller.ts";

const warned = ({ logger }: TestController) =>
  logger.lines.filter(({ message }) => message.includes("does not lift"))
    .map(({ fields: { nodes, node, taint, gate } }) => `${nodes} ${node} ${taint} ${gate}`);

Deno.test("with gates off, nodes that bring our taint are named once in ten minutes", async () => {
  using time = new FakeTime();
  await using controller = await startController(time);
  controller.source.put(sampleNode("n1"), coldNode("n2"), coldNode("n3"));
  await controller.advance(9 * MINUTE);
  assertEquals(warned(controller), ["2 n2 warm-images/cold:NoSchedule off"]);
  await controller.advance(3 * MINUTE);
  assertEquals(warned(controller).length, 2);
});

Deno.test("a taint of ours in another spelling than the gate's is named, others' never are", async () => {
  using time = new FakeTime();
  const taints: GateTaint[] = [{ key: COLD.key, value: "true" }, { key: "dedicated", value: "a" }];
  await using controller = await startGated(time, { gate: { taints } });
  const dedicated = { key: "dedicated", value: "b", effect: "NoSchedule" };
  controller.source.put(
    coldNode("n1", { taints: [{ ...COLD, value: "true" }] }),
    sampleNode("n2", { taints: [dedicated] }),
  );
  await controller.advance(MINUTE);
  assertEquals([controller.lifted(), warned(controller)], [["n1"], []]);
  controller.source.put(coldNode("n3", { taints: [dedicated, { ...COLD, value: "True" }] }));
  await controller.advance(MINUTE);
  assertEquals(warned(controller), ["1 n3 warm-images/cold=True:NoSchedule on"]);
});
