import { assert, assertEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { beatKey, META_KEY, partKey, reportKey } from "../../mod/pure/bucket/state_keys.ts";
import type { BeatValue, ReportValue } from "../../mod/pure/bucket/agent_wire.ts";
import { startController, type TestController } from "../harness/fakes/test_controller.ts";
import { sampleNode, sampleWorkload } from "../harness/fakes/sample_values.ts";

const APP = "reg.lab/app:1";
const MINUTE = 60_000;
const since = "2026-01-01T00:00:00.000Z";

function sampleReport(node: string, images: ReportValue["images"] = {}): ReportValue {
  return { v: 1, node, agent: "0.1.0", at: since, images };
}

function sampleBeat(node: string): BeatValue {
  const images = { wanted: 1, warm: 1, pulling: 0, waiting: 0, failed: 0 };
  return { v: 1, node, agent: "0.2.0", at: new Date().toISOString(), images };
}

const warm = (bytes: number) => ({ [APP]: { state: "warm", since, bytes } }) as const;

const linesOf = (controller: TestController, text: string) =>
  controller.logger.lines.filter(({ message }) => message.includes(text));

Deno.test("a size that a node reports becomes part of what is wanted, and a little more changes nothing", async () => {
  using time = new FakeTime();
  await using controller = await startController(time);
  controller.source.put(sampleWorkload("web", [APP]), sampleNode("n1"), sampleNode("n2"));
  await controller.advance(2_000);
  await controller.meddle(reportKey("n1"), sampleReport("n1", warm(42)));
  await controller.advance(1_000);
  assertEquals(controller.wanted(APP)?.sizeBytes, 42);
  controller.writes.length = 0;
  await controller.meddle(reportKey("n2"), sampleReport("n2", warm(43)));
  await controller.advance(2 * MINUTE);
  assertEquals(controller.writes, []);
});

Deno.test("a controller that follows another keeps the sizes that stand in the bucket", async () => {
  using time = new FakeTime();
  await using first = await startController(time);
  first.source.put(sampleWorkload("web", [APP]), sampleNode("n1"));
  await first.advance(2_000);
  await first.meddle(reportKey("n1"), sampleReport("n1", warm(42)));
  await first.advance(1_000);
  await first.stop();
  await first.meddle(reportKey("n1"), sampleReport("n1", warm(41)));
  await using second = await startController(time, { bucket: first.bucket });
  second.source.put(sampleWorkload("web", [APP]), sampleNode("n1"));
  await second.advance(2_000);
  assertEquals(second.wanted(APP)?.sizeBytes, 42);
});

Deno.test("a report that teaches nothing causes no pass", async () => {
  using time = new FakeTime();
  await using controller = await startController(time);
  await controller.advance(2_000);
  const before = controller.source.observed;
  for (let i = 0; i < 10; i++) await controller.meddle(reportKey(`n${i}`), sampleReport(`n${i}`));
  await controller.advance(5_000);
  assertEquals(controller.source.observed, before);
});

Deno.test("the metrics sum up what the nodes report", async () => {
  using time = new FakeTime();
  await using controller = await startController(time);
  controller.source.put(sampleWorkload("web", [APP]), sampleNode("n1"), sampleNode("n2"));
  for (const node of ["n1", "n2"]) {
    await controller.meddle(reportKey(node), sampleReport(node, warm(1)));
  }
  await controller.advance(2_000);
  assertEquals(controller.metrics.value("warm_images_wanted"), 1);
  assertEquals(controller.metrics.value("warm_images_warm"), 2);
  assertEquals(controller.metrics.value("warm_images_reports"), 2);
});

Deno.test("an agent that does not report is stale after three minutes, and missing without any", async () => {
  using time = new FakeTime();
  await using controller = await startController(time);
  const { metrics } = controller;
  const states = () =>
    ["fresh", "stale", "missing"].map((state) => metrics.value("warm_images_agents", { state }));
  controller.source.put(sampleNode("n1"), sampleNode("n2"), sampleNode("n3"));
  for (const node of ["n1", "n2", "gone"]) {
    await controller.meddle(reportKey(node), sampleReport(node));
  }
  await controller.advance(2_000);
  assertEquals(states(), [2, 0, 1]);
  for (let minute = 0; minute < 5; minute++) {
    await controller.meddle(reportKey("n1"), sampleReport("n1"));
    await controller.advance(MINUTE);
  }
  assertEquals(states(), [1, 1, 1]);
  const age = metrics.value("warm_images_oldest_beat_age_seconds") ?? 0;
  assert(age > 180 && age <= 302, `${age}`);
});

Deno.test("where manifests name no nodes, the reports tell of the agents", async () => {
  using time = new FakeTime();
  await using controller = await startController(time);
  await controller.meddle(reportKey("n1"), sampleReport("n1"));
  await controller.advance(2 * MINUTE);
  assertEquals(controller.metrics.value("warm_images_agents", { state: "fresh" }), 1);
  assertEquals(controller.metrics.value("warm_images_agents", { state: "missing" }), 0);
});

Deno.test("a report goes once its node is gone and its agent silent for the time to forget", async () => {
  using time = new FakeTime();
  await using controller = await startController(time);
  controller.source.put(sampleNode("n1"), sampleNode("n2"));
  for (const node of ["n1", "n2"]) await controller.meddle(reportKey(node), sampleReport(node));
  await controller.advance(30 * MINUTE);
  controller.source.remove("n1");
  await controller.meddle(reportKey("n1"), sampleReport("n1"));
  await controller.advance(58 * MINUTE);
  assert(controller.bucket.values.has(reportKey("n1")));
  await controller.advance(4 * MINUTE);
  assertEquals(controller.bucket.values.has(reportKey("n1")), false);
  assert(controller.bucket.values.has(reportKey("n2")));
});

Deno.test("an unreadable report is named and counted, and changes nothing", async () => {
  using time = new FakeTime();
  await using controller = await startController(time);
  await controller.meddle(reportKey("n1"), { v: 1, node: 7 });
  await controller.advance(1_000);
  assertEquals(controller.metrics.total("warm_images_store_unreadable_total"), 1);
  assertEquals(linesOf(controller, "unreadable report")[0]?.fields.key, reportKey("n1"));
});

Deno.test("a faulty item is named once, counted, and the others count", async () => {
  using time = new FakeTime();
  await using controller = await startController(time);
  const fault = { field: "spec.image", value: "UPPER", why: "repository name must be lowercase" };
  controller.source.put(sampleWorkload("web", [APP], { faults: [fault] }));
  controller.source.faults.push("pods.yaml:3: bad indentation");
  await controller.advance(2_000);
  controller.source.changed();
  await controller.advance(5 * MINUTE);
  assert(controller.wanted(APP));
  assertEquals(linesOf(controller, "faulty item").map(({ fields }) => fields), [
    { kind: "Deployment", namespace: "shop", name: "web", ...fault },
  ]);
  assertEquals(linesOf(controller, "unreadable input").map(({ fields }) => fields), [
    { fault: "pods.yaml:3: bad indentation" },
  ]);
  assertEquals(controller.metrics.value("warm_images_input_faults"), 2);
});

Deno.test("a fault that is mended and comes back is named again", async () => {
  using time = new FakeTime();
  await using controller = await startController(time);
  const fault = { field: "spec.image", value: "UPPER", why: "repository name must be lowercase" };
  for (const faults of [[fault], [], [fault]]) {
    controller.source.put(sampleWorkload("web", [APP], { faults }));
    await controller.advance(2_000);
  }
  assertEquals(linesOf(controller, "faulty item").length, 2);
});

Deno.test("of very many faults a hundred are named and all counted", async () => {
  using time = new FakeTime();
  await using controller = await startController(time);
  for (let i = 0; i < 250; i++) controller.source.faults.push(`pods.yaml:${i}: bad`);
  controller.source.changed();
  await controller.advance(2_000);
  assertEquals(linesOf(controller, "unreadable input").length, 100);
  assertEquals(linesOf(controller, "Left out more faults")[0]?.fields, { count: 150 });
  assertEquals(controller.metrics.value("warm_images_input_faults"), 250);
});

Deno.test("an agent that beats is fresh although it has nothing new to report", async () => {
  using time = new FakeTime();
  await using controller = await startController(time);
  const fresh = () => controller.metrics.value("warm_images_agents", { state: "fresh" });
  controller.source.put(sampleNode("n1"));
  await controller.meddle(reportKey("n1"), sampleReport("n1"));
  for (let minute = 0; minute < 10; minute++) {
    await controller.meddle(beatKey("n1"), sampleBeat("n1"));
    await controller.advance(MINUTE);
  }
  assertEquals(fresh(), 1);
  await controller.advance(4 * MINUTE);
  assertEquals(fresh(), 0);
});

Deno.test("a beat causes no pass", async () => {
  using time = new FakeTime();
  await using controller = await startController(time);
  await controller.advance(2_000);
  const before = controller.source.observed;
  for (let i = 0; i < 10; i++) await controller.meddle(beatKey(`n${i}`), sampleBeat(`n${i}`));
  await controller.advance(5_000);
  assertEquals(controller.source.observed, before);
});

Deno.test("a new leader does not take a long dead agent for a fresh one", async () => {
  using time = new FakeTime("2026-01-01T00:00:00Z");
  await using first = await startController(time);
  first.source.put(sampleNode("n1"), sampleNode("n2"));
  await first.meddle(beatKey("n1"), sampleBeat("n1"));
  await first.advance(60 * MINUTE);
  await first.meddle(beatKey("n2"), sampleBeat("n2"));
  await first.stop();
  await using second = await startController(time, { bucket: first.bucket, source: first.source });
  await second.advance(2_000);
  const state = (state: string) => second.metrics.value("warm_images_agents", { state });
  assertEquals([state("fresh"), state("stale")], [1, 1]);
});

Deno.test("a report in parts counts whole, and the last whole one until the next is", async () => {
  using time = new FakeTime();
  await using controller = await startController(time);
  const warmImages = () => controller.metrics.value("warm_images_warm");
  const images = (...names: string[]) =>
    Object.fromEntries(names.map((name) => [name, { state: "warm", since, bytes: 1 }]));
  const part = (at: string, ...names: string[]) => ({
    v: 1,
    node: "n1",
    at,
    images: images(...names),
  });
  await controller.meddle(partKey(2, "n1"), part("a", "x/b:1", "x/c:1"));
  assertEquals(warmImages(), 0);
  await controller.meddle(reportKey("n1"), { ...part("a", "x/a:1"), agent: "0", parts: 2 });
  assertEquals(warmImages(), 3);
  await controller.meddle(partKey(2, "n1"), part("b"));
  assertEquals(warmImages(), 3);
  await controller.meddle(reportKey("n1"), { ...part("b", "x/a:1"), agent: "0", parts: 2 });
  assertEquals(warmImages(), 1);
  assertEquals(controller.metrics.total("warm_images_store_unreadable_total"), 0);
});

Deno.test("what a shorter report left behind is removed, and everything once the node is gone", async () => {
  using time = new FakeTime("2026-01-01T00:00:00Z");
  await using controller = await startController(time);
  controller.source.put(sampleNode("n1"), sampleNode("n2"));
  const head = (at: string, parts: number) => ({ ...sampleReport("n1"), at, parts });
  const part = (at: string) => ({ v: 1, node: "n1", at, images: {} });
  for (const number of [2, 3]) await controller.meddle(partKey(number, "n1"), part("a"));
  await controller.meddle(reportKey("n1"), head("a", 3));
  await controller.meddle(partKey(2, "n1"), part("b"));
  await controller.meddle(reportKey("n1"), head("b", 2));
  await controller.meddle(beatKey("n1"), sampleBeat("n1"));
  await controller.advance(5 * MINUTE);
  const left = () => [...controller.bucket.values.keys()].filter((key) => key.endsWith(".n1"));
  assertEquals(left().sort(), ["beat.n1", "node.n1", "part.2.n1", "report.n1"]);
  controller.source.remove("n1");
  await controller.advance(62 * MINUTE);
  assertEquals(left(), []);
});

Deno.test("the larger size counts, and no restart of the controller rewrites an entry", async () => {
  using time = new FakeTime();
  await using first = await startController(time);
  first.source.put(sampleWorkload("web", [APP]), sampleNode("n1"), sampleNode("n2"));
  await first.advance(2_000);
  await first.meddle(reportKey("n1"), sampleReport("n1", warm(90)));
  await first.advance(1_000);
  await first.meddle(reportKey("n2"), sampleReport("n2", warm(100)));
  await first.advance(1_000);
  assertEquals(first.wanted(APP)?.sizeBytes, 100);
  // The smaller one is what the next controller reads first.
  await first.meddle(reportKey("n2"), undefined);
  await first.stop();
  for (let restart = 0; restart < 3; restart++) {
    await using next = await startController(time, { bucket: first.bucket, source: first.source });
    await next.advance(2_000);
    await next.meddle(reportKey("n2"), sampleReport("n2", warm(95)));
    await next.advance(2_000);
    assertEquals(next.writes.map(({ key }) => key), [META_KEY]);
    await next.stop();
  }
});

Deno.test("the size of an image that nothing wants any more is forgotten with it", async () => {
  using time = new FakeTime();
  await using controller = await startController(time);
  controller.source.put(sampleWorkload("web", [APP]), sampleNode("n1"));
  await controller.advance(2_000);
  await controller.meddle(reportKey("n1"), sampleReport("n1", warm(42)));
  await controller.advance(1_000);
  controller.source.remove("web");
  await controller.advance(62 * MINUTE);
  controller.source.put(sampleWorkload("web", [APP]));
  await controller.advance(1_000);
  assert(controller.wanted(APP));
  assertEquals(controller.wanted(APP)?.sizeBytes, undefined);
});
