// Changes to nodes that fail, and many of them.
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import type { NodeChange } from "../../mod/ports/node_gates.ts";
import { memoryStore } from "../harness/fakes/memory_store.ts";
import { sampleNode, sampleWorkload } from "../harness/fakes/sample_values.ts";
import {
  APP,
  COLD,
  coldNode,
  MINUTE,
  SIDECAR,
  startGated,
} from "../harness/fakes/gated_controller.ts";

const START = "2026-01-01T00:00:00Z";
const WHY = "Cannot patch nodes: grant the verb patch on nodes";

Deno.test("a missing right is named once in ten minutes and in a note, and does not stop the rest", async () => {
  using time = new FakeTime(START);
  await using controller = await startGated(time, { gate: { condition: true } });
  controller.gates.answer = ({ change }) =>
    change === "lift" ? { result: "refused", why: WHY } : { result: "changed" };
  controller.source.put(sampleWorkload("web", [APP]), coldNode("n1"), coldNode("n2"));
  await controller.report("n1", { [APP]: "warm" });
  await controller.report("n2", { [APP]: "warm" });
  await controller.advance(9 * MINUTE);
  const named = controller.logger.lines.filter(({ fields }) => fields["why"] === WHY);
  assertEquals(named.length, 1);
  assertStringIncludes(controller.conditions.notes.get("gate") ?? "", WHY);
  const tried = (change: string) => controller.gates.tried.filter((each) => each.change === change);
  assertEquals(tried("condition").length, 2);
  const lifts = tried("lift").length;
  assert(lifts >= 10 && lifts <= 60, `${lifts}`);
  assertEquals(controller.metrics.value("warm_images_gate_nodes"), 2);
  controller.gates.answer = undefined;
  await controller.advance(MINUTE);
  assertEquals(controller.told(), ["n1 warm", "n2 warm"]);
  assertEquals(controller.conditions.notes.get("gate"), undefined);
});

Deno.test("of two rights that are missing each is named", async () => {
  using time = new FakeTime(START);
  await using controller = await startGated(time, { gate: { condition: true } });
  controller.gates.answer = ({ change }) => ({
    result: "refused",
    why: `no ${change}`,
    lacksRight: true,
  });
  controller.source.put(coldNode("n1"), coldNode("n2"));
  await controller.advance(5 * MINUTE);
  const named = controller.logger.lines.flatMap(({ fields }) => fields["why"] ?? []);
  assertEquals(named.toSorted(), ["no condition", "no lift"]);
});

Deno.test("a missing right of thousands of nodes is asked for by a few of them, and used at once", async () => {
  using time = new FakeTime(START);
  await using controller = await startGated(time);
  controller.gates.answer = () => ({ result: "refused", why: WHY, lacksRight: true });
  const names = Array.from({ length: 500 }, (_, number) => `n${number}`);
  controller.source.put(...names.map((name) => coldNode(name)));
  await controller.advance(10 * MINUTE);
  const tried = controller.lifted().length;
  assert(tried >= 10 && tried <= 30 * 8, `${tried}`);
  assertEquals(controller.metrics.value("warm_images_gate_nodes"), 500);
  controller.gates.answer = undefined;
  await controller.advance(MINUTE);
  assertEquals(controller.told().length, 500);
  assertEquals(controller.conditions.notes.get("gate"), undefined);
});

Deno.test("what fails is tried again after one second, and later after ten", async () => {
  using time = new FakeTime(START);
  await using controller = await startGated(time);
  controller.gates.answer = () => new Error("Conflict");
  controller.source.put(coldNode("n1"));
  await controller.advance(60_000);
  const at = controller.gates.tried.map((each) => each.at);
  const pauses = at.slice(1).map((each, index) => each - (at[index] ?? 0));
  assert((pauses[0] ?? 0) < 1_100, `${pauses}`);
  assert(pauses.every((each) => each >= 700 && each <= 10_100), `${pauses}`);
  assert(Math.max(...pauses) >= 7_000, `${pauses}`);
  controller.gates.answer = undefined;
  await controller.advance(11_000);
  assertEquals(controller.told().at(-1), "n1 nothing_due");
  const warned = controller.logger.lines.filter(({ level }) => level === "warn");
  assertEquals(warned.map(({ fields }) => fields["error"]), ["Conflict"]);
});

Deno.test("one node that fails does not hold up the others", async () => {
  using time = new FakeTime(START);
  await using controller = await startGated(time);
  const stuck = Promise.withResolvers<NodeChange>();
  controller.gates.answer = ({ node }) => node === "stuck" ? stuck.promise : { result: "changed" };
  controller.source.put(coldNode("stuck"), coldNode("n1"));
  await controller.advance(1_000);
  assertEquals(controller.lifted(), ["stuck", "n1"]);
  assertEquals(controller.told(), ["n1 nothing_due"]);
  stuck.resolve({ result: "gone" });
});

Deno.test("a node that is gone is not tried again, but for once a minute if it is still seen", async () => {
  using time = new FakeTime(START);
  await using controller = await startGated(time);
  controller.gates.answer = () => ({ result: "gone" });
  controller.source.put(coldNode("n1"));
  await controller.advance(59_000);
  assertEquals([controller.lifted(), controller.told()], [["n1"], []]);
  await controller.advance(20 * MINUTE);
  assert(controller.lifted().length <= 21, `${controller.lifted().length}`);
});

Deno.test("a taint that stays though it was lifted, as a webhook puts it back, is lifted again", async () => {
  using time = new FakeTime(START);
  await using controller = await startGated(time);
  controller.gates.isSeen = false;
  controller.source.put(coldNode("n1"));
  await controller.advance(59_000);
  assertEquals(controller.lifted(), ["n1"]);
  controller.gates.isSeen = true;
  await controller.advance(MINUTE);
  assertEquals(controller.lifted(), ["n1", "n1"]);
  assertEquals(controller.source.nodes.get("n1")?.taints, []);
});

Deno.test("what was changed is not changed again before the node is seen otherwise later", async () => {
  using time = new FakeTime(START);
  await using controller = await startGated(time);
  controller.gates.isSeen = false;
  const node = coldNode("n1");
  controller.source.put(node);
  await controller.advance(1_000);
  // Another change of the node was on its way.
  controller.source.put({ ...node, labels: { zone: "a" } });
  await controller.advance(5_000);
  assertEquals(controller.lifted(), ["n1"]);
  controller.source.put({ ...node, taints: [] });
  await controller.advance(MINUTE);
  assertEquals(controller.lifted(), ["n1"]);
});

Deno.test("a taint that comes back is lifted again", async () => {
  using time = new FakeTime(START);
  await using controller = await startGated(time);
  const node = coldNode("n1");
  controller.source.put(node);
  await controller.advance(MINUTE);
  controller.source.put({ ...node, taints: [COLD], taintsMs: Date.now() });
  await controller.advance(MINUTE);
  assertEquals(controller.lifted(), ["n1", "n1"]);
});

Deno.test("a change that was made and not answered counts as one, and one by others does not", async () => {
  using time = new FakeTime(START);
  await using controller = await startGated(time);
  const answers = [new Error("Timed out"), { result: "unchanged" as const }];
  controller.gates.answer = ({ node }) =>
    node === "n1" ? answers.shift() ?? { result: "unchanged" } : { result: "unchanged" };
  controller.source.put(coldNode("n1"), coldNode("n2"));
  await controller.advance(5_000);
  assertEquals(controller.metrics.total("warm_images_gate_opened_total"), 1);
  assertEquals(controller.told().at(-1), "n1 nothing_due");
});

Deno.test("a thousand nodes that join within a minute cost a thousand writes, eight at a time", async () => {
  using time = new FakeTime(START);
  await using controller = await startGated(time);
  controller.gates.answer = async () => {
    await new Promise((resolve) => void setTimeout(resolve, 100));
    return { result: "changed" };
  };
  controller.source.put(sampleWorkload("web", [APP]));
  const names = Array.from({ length: 1_000 }, (_, number) => `n${number}`);
  for (let from = 0; from < names.length; from += 100) {
    controller.source.put(...names.slice(from, from + 100).map((name) => coldNode(name)));
    await controller.advance(6_000);
  }
  assertEquals(controller.lifted(), []);
  for (const name of names) await controller.report(name, { [APP]: "warm" });
  await controller.advance(60_000);
  assertEquals(controller.lifted().length, 1_000);
  assertEquals(new Set(controller.lifted()).size, 1_000);
  assertEquals(controller.gates.mostAtOnce, 8);
  assertEquals(controller.metrics.total("warm_images_gate_opened_total", { by: "warm" }), 1_000);
});

Deno.test("old nodes that only get the condition are told of it one by one", async () => {
  using time = new FakeTime(START);
  await using controller = await startGated(time, { gate: { condition: true } });
  controller.gates.answer = async () => {
    await new Promise((resolve) => void setTimeout(resolve, 100));
    return { result: "changed" };
  };
  const createdMs = Date.now() - 1_000 * MINUTE;
  const names = Array.from({ length: 20 }, (_, number) => `n${number}`);
  controller.source.put(...names.map((name) => sampleNode(name, { createdMs })));
  await controller.advance(10_000);
  assertEquals([controller.gates.tried.length, controller.gates.mostAtOnce], [20, 1]);
});

Deno.test("nodes are not told anew of the same images in another order", async () => {
  using time = new FakeTime(START);
  await using controller = await startGated(time);
  const web = sampleWorkload("web", [APP]);
  controller.source.put(web, sampleWorkload("side", [SIDECAR]), coldNode("n1"));
  await controller.advance(1_000);
  assertEquals(controller.gateOf("n1")?.due, [APP, SIDECAR]);
  controller.source.put(sampleWorkload("side", [SIDECAR], { priority: 9 }));
  await controller.advance(1_000);
  assertEquals(controller.gateOf("n1")?.due, [APP, SIDECAR]);
  controller.source.put({ ...web, asleep: true });
  await controller.advance(1_000);
  assertEquals(controller.gateOf("n1")?.due, [SIDECAR]);
});

Deno.test("a store that takes small values gets as much of what is due as it takes", async () => {
  using time = new FakeTime(START);
  const bucket = memoryStore({ maxBytes: 20_000 });
  await using controller = await startGated(time, { bucket });
  const images = Array.from(
    { length: 400 },
    (_, number) => `reg.lab/${"x".repeat(60)}-${number}:1`,
  );
  controller.source.put(sampleWorkload("web", images), coldNode("n1"));
  await controller.advance(5_000);
  const told = controller.gateOf("n1")?.due.length ?? 0;
  assert(told > 50 && told < 400, `${told}`);
});

Deno.test("who loses the lead in the middle of many nodes writes no further ones", async () => {
  using time = new FakeTime(START);
  await using controller = await startGated(time);
  controller.gates.answer = async () => {
    await new Promise((resolve) => void setTimeout(resolve, 300));
    return { result: "changed" };
  };
  controller.source.put(...Array.from({ length: 30 }, (_, number) => coldNode(`n${number}`)));
  await controller.advance(500);
  const tried = controller.lifted().length;
  assert(tried >= 8 && tried < 30, `${tried}`);
  controller.leadership.expire();
  await controller.advance(5 * MINUTE);
  assertEquals(controller.lifted().length, tried);
});
