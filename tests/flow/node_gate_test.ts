// Nodes that are kept from pods until they are warm, by a whole controller in fake time.
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { memoryStore } from "../harness/fakes/memory_store.ts";
import { sampleNode, sampleWorkload } from "../harness/fakes/sample_values.ts";
import { scriptedLeadership } from "../harness/fakes/scripted_leadership.ts";
import { scriptedNodeGates } from "../harness/fakes/scripted_node_gates.ts";
import { scriptedSource } from "../harness/fakes/scripted_source.ts";
import {
  APP,
  COLD,
  coldNode,
  MINUTE,
  SIDECAR,
  startGated,
} from "../harness/fakes/gated_controller.ts";

const START = "2026-01-01T00:00:00Z";

Deno.test("a node's taint is lifted within a second after its report says that all is warm", async () => {
  using time = new FakeTime(START);
  await using controller = await startGated(time);
  controller.source.put(sampleWorkload("web", [APP, SIDECAR]), coldNode("n1"));
  await controller.advance(2_000);
  assertEquals(controller.gateOf("n1"), { due: [APP, SIDECAR], until: "2026-01-01T00:05:00.000Z" });
  await controller.report("n1", { [APP]: "warm", [SIDECAR]: "pulling" });
  await controller.advance(MINUTE);
  assertEquals(controller.lifted(), []);
  assertEquals(controller.metrics.value("warm_images_gate_nodes"), 1);
  await controller.report("n1", { [APP]: "warm", [SIDECAR]: "warm" });
  const warmAt = Date.now();
  await controller.advance(10 * MINUTE);
  assertEquals(controller.lifted(), ["n1"]);
  assert((controller.gates.tried[0]?.at ?? Infinity) - warmAt < 1_000);
  assertEquals(controller.told(), ["n1 warm"]);
  assertEquals(controller.source.nodes.get("n1")?.taints, []);
  assertEquals(controller.gateOf("n1"), undefined);
  assertEquals(controller.metrics.value("warm_images_gate_nodes"), 0);
  assertEquals(controller.metrics.total("warm_images_gate_opened_total", { by: "warm" }), 1);
  assertEquals(Math.round(controller.metrics.value("warm_images_gate_seconds") ?? 0), 62);
  assertEquals(controller.metrics.total("warm_images_gate_writes_total"), 1);
});

Deno.test("what a node waits for is logged once, with how much is missing", async () => {
  using time = new FakeTime(START);
  await using controller = await startGated(time);
  controller.source.put(sampleWorkload("web", [APP, SIDECAR]), coldNode("n1"));
  await controller.advance(2_000);
  await controller.report("n1", { [APP]: "warm", [SIDECAR]: "pulling" });
  await controller.advance(MINUTE);
  const lines = controller.logger.lines.filter(({ message }) => message.startsWith("Node takes"));
  assertEquals(lines.map(({ level, fields }) => [level, fields]), [
    ["info", { node: "n1", due: 2, missing: 2, until: "2026-01-01T00:05:00.000Z" }],
  ]);
});

Deno.test("where nothing is due the taint is lifted at once, before any report", async () => {
  using time = new FakeTime(START);
  await using controller = await startGated(time);
  const elsewhere = { placement: { nodeSelector: { pool: "gpu" } } };
  controller.source.put(sampleWorkload("train", [APP], elsewhere), coldNode("n1"));
  await controller.advance(1_000);
  assertEquals(controller.told(), ["n1 nothing_due"]);
  assertEquals(controller.lifted(), ["n1"]);
});

Deno.test("at the limit the taint is lifted, and the log says what is missing and why", async () => {
  using time = new FakeTime(START);
  await using controller = await startGated(time);
  controller.source.put(sampleWorkload("web", [APP, SIDECAR]), coldNode("n1"));
  await controller.advance(2_000);
  await controller.report("n1", { [APP]: "failed: network: connection refused" });
  await controller.advance(5 * MINUTE - 3_000);
  assertEquals(controller.lifted(), []);
  await controller.advance(3_000);
  assertEquals(controller.lifted(), ["n1"]);
  assertEquals(controller.told(), [
    "n1 limit The time was up after 5 min: 2 of 2 due images are missing: " +
    `${APP} (failed: network: connection refused), ${SIDECAR} (not reported)`,
  ]);
});

Deno.test("the limit holds, and what is due is known, while the bucket cannot be reached", async () => {
  using time = new FakeTime(START);
  const cut = memoryStore();
  cut.cut();
  await using controller = await startGated(time, { deps: (deps) => ({ ...deps, store: cut }) });
  controller.source.put(sampleWorkload("web", [APP]), coldNode("n1"));
  controller.source.put(coldNode("free", { skip: true }));
  await controller.advance(1_000);
  assertEquals(controller.told(), ["free nothing_due"]);
  await controller.advance(5 * MINUTE - 2_000);
  assertEquals(controller.lifted(), ["free"]);
  await controller.advance(2_000);
  assertEquals(controller.told(), [
    "free nothing_due",
    "n1 limit The time was up after 5 min: the node's agent has not reported (due images: 1)",
  ]);
});

Deno.test("a report of the node that had the name before opens nothing", async () => {
  using time = new FakeTime(START);
  await using controller = await startGated(time);
  controller.source.put(sampleWorkload("web", [APP]), coldNode("n1", { uid: "new" }));
  await controller.report("n1", { [APP]: "warm" }, { nodeUid: "old" });
  await controller.advance(MINUTE);
  assertEquals(controller.lifted(), []);
  await controller.report("n1", { [APP]: "warm" }, { nodeUid: "new" });
  await controller.advance(1_000);
  assertEquals(controller.told(), ["n1 warm"]);
});

Deno.test("a node made anew under its name has a time of its own", async () => {
  using time = new FakeTime(START);
  await using controller = await startGated(time);
  controller.source.put(sampleWorkload("web", [APP]), coldNode("n1", { uid: "first" }));
  await controller.advance(4 * MINUTE);
  controller.source.remove("n1");
  controller.source.put(coldNode("n1", { uid: "second" }));
  await controller.advance(4 * MINUTE);
  assertEquals(controller.lifted(), []);
  await controller.advance(MINUTE + 1_000);
  assertEquals(controller.gates.tried.map(({ uid }) => uid), ["second"]);
});

Deno.test("an agent that does not say of which Node it reports is not believed: the limit counts", async () => {
  using time = new FakeTime(START);
  await using controller = await startGated(time);
  controller.source.put(sampleWorkload("web", [APP]), coldNode("n1"));
  await controller.report("n1", { [APP]: "warm" }, { nodeUid: "" });
  await controller.advance(5 * MINUTE - 1_000);
  assertEquals(controller.lifted(), []);
  await controller.advance(2_000);
  assertEquals(controller.lifted(), ["n1"]);
});

Deno.test("the limit counts from the Node's making, whoever led meanwhile", async () => {
  using time = new FakeTime(START);
  const source = scriptedSource();
  source.put(sampleWorkload("web", [APP]), coldNode("n1"));
  const gates = scriptedNodeGates(source);
  {
    await using _first = await startGated(time, { source, gates });
    await _first.advance(3 * MINUTE);
  }
  await using second = await startGated(time, { source, gates });
  await second.advance(1.5 * MINUTE);
  assertEquals(second.lifted(), []);
  await second.advance(MINUTE);
  assertEquals(second.lifted(), ["n1"]);
});

Deno.test("a controller that begins to lead long after opens within two seconds", async () => {
  using time = new FakeTime(START);
  const leadership = scriptedLeadership(false);
  await using controller = await startGated(time, { leadership });
  controller.source.put(sampleWorkload("web", [APP]), coldNode("n1"));
  await controller.advance(20 * MINUTE);
  assertEquals([controller.lifted(), controller.metrics.value("warm_images_gate_nodes")], [[], 0]);
  leadership.lead(true);
  await controller.advance(2_000);
  assertEquals(controller.lifted(), ["n1"]);
});

Deno.test("a controller that starts late believes reports that it reads within a second", async () => {
  using time = new FakeTime(START);
  const source = scriptedSource();
  const createdMs = Date.now() - 20 * MINUTE;
  source.put(
    sampleWorkload("web", [APP]),
    coldNode("warm", { createdMs, taintsMs: createdMs }),
    coldNode("cold", { createdMs, taintsMs: createdMs }),
  );
  const bucket = memoryStore();
  const slow = bucket.another();
  slow.cut();
  await using controller = await startGated(time, {
    source,
    bucket,
    deps: (deps) => ({ ...deps, store: slow }),
  });
  await controller.report("warm", { [APP]: "warm" });
  await controller.advance(500);
  assertEquals(controller.lifted(), []);
  slow.restore();
  await controller.advance(1_500);
  assertEquals(controller.told(), [
    "warm warm",
    "cold limit The time was up after 20 min: the node's agent has not reported (due images: 1)",
  ]);
});

Deno.test("who does not lead any more writes nothing, be it untold", async () => {
  using time = new FakeTime(START);
  await using controller = await startGated(time);
  controller.source.put(sampleWorkload("web", [APP]), coldNode("n1"));
  await controller.advance(2_000);
  controller.leadership.expire();
  await controller.report("n1", { [APP]: "warm" });
  await controller.advance(10 * MINUTE);
  assertEquals([controller.lifted(), controller.metrics.value("warm_images_gate_nodes")], [[], 0]);
  controller.leadership.lead(true);
  await controller.advance(1_000);
  assertEquals(controller.told(), ["n1 warm"]);
});

Deno.test("both of our taints go, another's stays", async () => {
  using time = new FakeTime(START);
  const taints = [{ key: COLD.key }, { key: "example.com/cold", value: "yes" }];
  await using controller = await startGated(time, { gate: { taints } });
  const other = { key: "example.com/cold", value: "no", effect: "NoSchedule" };
  const ours = { key: "example.com/cold", value: "yes", effect: "NoExecute" };
  const node = coldNode("n1", { taints: [COLD, other, ours] });
  const { effect: _, ...tolerated } = other;
  controller.source.put(
    sampleWorkload("web", [APP], { placement: { tolerations: [tolerated] } }),
    node,
  );
  await controller.advance(1_000);
  // Ours do not keep the image away.
  assertEquals(controller.lifted(), []);
  await controller.report("n1", { [APP]: "warm" });
  await controller.advance(1_000);
  assertEquals(controller.told(), ["n1 warm"]);
  assertEquals(controller.source.nodes.get("n1")?.taints, [other]);
});

Deno.test("a taint added by hand to an old node has its time from then on", async () => {
  using time = new FakeTime(START);
  await using controller = await startGated(time);
  const createdMs = Date.now() - 1_000 * MINUTE;
  controller.source.put(sampleWorkload("web", [APP]), coldNode("n1", { createdMs }));
  await controller.advance(4 * MINUTE);
  assertEquals(controller.lifted(), []);
  await controller.report("n1", { [APP]: "warm" });
  await controller.advance(1_000);
  assertEquals(controller.told(), ["n1 warm"]);
});

Deno.test("a clock of the controller that is an hour off changes nothing", async () => {
  for (const offMs of [60 * MINUTE, -60 * MINUTE]) {
    using time = new FakeTime(START);
    await using controller = await startGated(time, {
      deps: (deps) => ({
        ...deps,
        serverClock: { wallMs: () => Date.now() },
        clock: { ...deps.clock, wallMs: () => Date.now() + offMs },
      }),
    });
    controller.source.put(
      sampleWorkload("web", [APP]),
      coldNode("n1", { resources: ["gpu.io/gpu"] }),
    );
    await controller.advance(5 * MINUTE - 1_000);
    assertEquals(controller.lifted(), [], `${offMs}`);
    await controller.advance(2_000);
    assertEquals(controller.lifted(), ["n1"], `${offMs}`);
  }
});

Deno.test("an image that cannot be had is not waited for, and is named", async () => {
  using time = new FakeTime(START);
  await using controller = await startGated(time);
  controller.source.put(sampleWorkload("web", [APP, SIDECAR]), coldNode("n1"));
  await controller.report("n1", { [APP]: "warm", [SIDECAR]: "failed: not_found: no such tag" });
  await controller.advance(1_000);
  assertEquals(controller.told(), [`n1 warm ${SIDECAR} (not_found: no such tag)`]);
});

Deno.test("a node whose labels are still to come is let go at the limit alone", async () => {
  using time = new FakeTime(START);
  await using controller = await startGated(time);
  const taints = [COLD, {
    key: "node.cloudprovider.kubernetes.io/uninitialized",
    effect: "NoSchedule",
  }];
  controller.source.put(coldNode("n1", { taints }), coldNode("n2", { taints }));
  await controller.advance(MINUTE);
  assertEquals(controller.lifted(), []);
  controller.source.put({ ...controller.source.nodes.get("n2") ?? coldNode("n2"), taints: [COLD] });
  await controller.advance(1_000);
  assertEquals(controller.told(), ["n2 nothing_due"]);
  await controller.advance(4 * MINUTE);
  assertEquals(controller.lifted(), ["n2", "n1"]);
  assertStringIncludes(controller.told()[1] ?? "", "labels of the node were still to come");
});

Deno.test("before all kinds were read nothing is taken for nothing due, and the limit holds", async () => {
  using time = new FakeTime(START);
  const source = scriptedSource();
  source.synced = false;
  await using controller = await startGated(time, { source });
  source.put(coldNode("n1"), coldNode("n2", { createdMs: Date.now() - 4 * MINUTE }));
  await controller.advance(2 * MINUTE);
  assertEquals(controller.lifted(), ["n2"]);
  assertStringIncludes(controller.told()[0] ?? "", "what is due was not known yet");
  source.synced = true;
  source.changed();
  await controller.advance(1_000);
  assertEquals(controller.told().at(-1), "n1 nothing_due");
});

Deno.test("with a share as many due images are enough", async () => {
  using time = new FakeTime(START);
  await using controller = await startGated(time, { gate: { for: { type: "share", share: 0.8 } } });
  const images = Array.from({ length: 5 }, (_, number) => `reg.lab/app-${number}:1`);
  controller.source.put(sampleWorkload("web", images), coldNode("n1"));
  await controller.advance(2_000);
  assertEquals(controller.gateOf("n1")?.share, 0.8);
  const warm = (count: number) =>
    Object.fromEntries(images.slice(0, count).map((each) => [each, "warm"]));
  await controller.report("n1", warm(3));
  await controller.advance(1_000);
  assertEquals(controller.lifted(), []);
  await controller.report("n1", warm(4));
  await controller.advance(1_000);
  assertEquals(controller.lifted(), ["n1"]);
});

Deno.test("a node with taint and condition gets both written, and one with neither is left alone", async () => {
  using time = new FakeTime(START);
  await using controller = await startGated(time, { gate: { condition: true } });
  controller.source.put(
    sampleWorkload("web", [APP]),
    coldNode("n1"),
    sampleNode("done", { warmCondition: "True", createdMs: Date.now() }),
  );
  await controller.report("n1", { [APP]: "warm" });
  await controller.advance(10 * MINUTE);
  assertEquals(controller.gates.tried.map(({ change, node }) => [change, node]), [
    ["lift", "n1"],
    ["condition", "n1"],
  ]);
  assertEquals(controller.gates.tried[1]?.condition, {
    type: "WarmImagesReady",
    status: "True",
    reason: "Warm",
    message: "1 of 1 due images are here",
  });
  assertEquals(controller.told(), ["n1 warm"]);
});

Deno.test("old nodes that lack the condition alone get it by their reports after a start", async () => {
  using time = new FakeTime(START);
  const source = scriptedSource();
  const createdMs = Date.now() - 1_000 * MINUTE;
  source.put(
    sampleWorkload("web", [APP]),
    sampleNode("warm", { createdMs }),
    sampleNode("cold", { createdMs }),
  );
  const bucket = memoryStore();
  const slow = bucket.another();
  slow.cut();
  await using controller = await startGated(time, {
    source,
    bucket,
    gate: { condition: true },
    deps: (deps) => ({ ...deps, store: slow }),
  });
  await controller.report("warm", { [APP]: "warm" });
  await controller.advance(8_000);
  assertEquals(controller.gates.tried, []);
  slow.restore();
  await controller.advance(5_000);
  const reasons = controller.gates.tried.map(({ node, condition }) => [node, condition?.reason]);
  assertEquals(reasons.toSorted(), [["cold", "LimitPassed"], ["warm", "Warm"]]);
  // They have kept nobody waiting.
  assertEquals([controller.told(), controller.metrics.total("warm_images_gate_opened_total")], [
    [],
    0,
  ]);
  assertEquals([controller.gateOf("cold"), controller.metrics.value("warm_images_gate_nodes")], [
    undefined,
    0,
  ]);
});
