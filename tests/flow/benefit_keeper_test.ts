import { assertEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { ShownBucket } from "../../mod/flow/shown_bucket.ts";
import { decodeBenefit } from "../../mod/pure/benefit/benefit_value.ts";
import { BENEFIT_KEY, nodeKey, reportKey } from "../../mod/pure/bucket/state_keys.ts";
import { memoryStore } from "../harness/fakes/memory_store.ts";
import {
  type ScriptedPulledEvents,
  scriptedPulledEvents,
} from "../harness/fakes/scripted_pulled_events.ts";
import { scriptedLeadership } from "../harness/fakes/scripted_leadership.ts";
import { SAMPLE_RULES, sampleNode, sampleWorkload } from "../harness/fakes/sample_values.ts";
import { scriptedSource } from "../harness/fakes/scripted_source.ts";
import {
  startController,
  type TestController,
  type TestControllerOptions,
} from "../harness/fakes/test_controller.ts";

const MINUTE = 60_000;

function startCounting(
  time: FakeTime,
  pulledEvents: ScriptedPulledEvents,
  options: TestControllerOptions = {},
): Promise<TestController> {
  const shown = new ShownBucket();
  return startController(time, { ...options, deps: (deps) => ({ ...deps, shown, pulledEvents }) });
}

/** Image `reg.lab/app:1` is warm on node `n1` since the beginning; we have pulled it for 30 s. */
async function reportWarm(controller: TestController): Promise<void> {
  controller.source.put({ ...sampleNode("n1"), resources: ["nvidia.com/gpu"] });
  const warm = { state: "warm", since: "2026-01-01T00:00:00.000Z", pullSeconds: 30 };
  await controller.meddle(reportKey("n1"), {
    v: 1,
    node: "n1",
    agent: "0.4.0",
    at: warm.since,
    images: { "reg.lab/app:1": warm },
  });
}

function stored(controller: TestController) {
  const decoded = decodeBenefit(controller.bucket.values.get(BENEFIT_KEY) ?? "none");
  return "value" in decoded ? decoded.value : undefined;
}

const counts = (controller: TestController): unknown[] => {
  const { warm, cold } = stored(controller)?.total ?? {};
  return [warm, cold];
};

Deno.test("what starts waited, and what warm ones saved, stands in the bucket and in metrics", async () => {
  using time = new FakeTime();
  const events = scriptedPulledEvents();
  await using controller = await startCounting(time, events);
  await reportWarm(controller);
  await controller.advance(10_000);
  events.tell({ podUid: "p1" });
  events.tell({ podUid: "p2", seconds: 0.5 });
  events.tell({ podUid: "p3", seconds: 7, namespace: "bank", image: "reg.lab/other:1" });
  await controller.advance(2 * MINUTE);
  const value = stored(controller);
  assertEquals(value?.total, {
    warm: 2,
    cold: 1,
    waitedSeconds: 7.5,
    savedSeconds: 59.5,
    gpuSeconds: 59.5,
  });
  assertEquals(value?.namespaces, [
    { namespace: "shop", warm: 2, cold: 0, waitedSeconds: 0.5, savedSeconds: 59.5 },
    { namespace: "bank", warm: 0, cold: 1, waitedSeconds: 7, savedSeconds: 0 },
  ]);
  assertEquals(value?.images, [{ image: "reg.lab/other:1", starts: 1, waitedSeconds: 7 }]);
  const { metrics } = controller;
  const total = (result: string) => metrics.total("warm_images_container_starts_total", { result });
  assertEquals([total("warm"), total("cold")], [2, 1]);
  assertEquals(metrics.total("warm_images_saved_seconds_total"), 59.5);
});

Deno.test("sums are written once a minute at most, and only when they changed", async () => {
  using time = new FakeTime();
  const events = scriptedPulledEvents();
  await using controller = await startCounting(time, events);
  const written = () => controller.writes.filter(({ key }) => key === BENEFIT_KEY).length;
  await controller.advance(15_000);
  assertEquals(written(), 1, "that counting has begun");
  for (let i = 0; i < 30; i++) {
    events.tell({ podUid: `p${i}` });
    await controller.advance(4_000);
  }
  assertEquals(written(), 3);
  await controller.advance(2 * MINUTE);
  const before = written();
  await controller.advance(30 * MINUTE);
  assertEquals(written(), before);
  assertEquals(counts(controller), [30, 0]);
});

Deno.test("only who leads follows Events, and a new one goes on from the sums of the one before", async () => {
  using time = new FakeTime();
  const events = scriptedPulledEvents();
  const bucket = memoryStore();
  const [lead, follow] = [scriptedLeadership(true), scriptedLeadership(false)];
  await using first = await startCounting(time, events, { bucket, leadership: lead });
  await using second = await startCounting(time, events, { bucket, leadership: follow });
  await first.advance(10_000);
  assertEquals(events.followers, 1);
  for (let i = 0; i < 40; i++) {
    events.tell({ podUid: `p${i}`, seconds: i % 2 });
    await first.advance(3_000);
  }
  lead.lead(false);
  await first.advance(10_000);
  assertEquals(events.followers, 0);
  events.tell({ podUid: "meanwhile" });
  await first.advance(30_000);
  follow.lead(true);
  await first.advance(2 * MINUTE);
  assertEquals(events.followers, 1);
  assertEquals(counts(second), [21, 20]);
});

Deno.test("nothing is judged before the past is known", async () => {
  using time = new FakeTime();
  const events = scriptedPulledEvents({ lists: false });
  await using controller = await startCounting(time, events);
  await controller.advance(10_000);
  events.tell({ podUid: "p1" });
  await controller.advance(2 * MINUTE);
  assertEquals(stored(controller), undefined);
  events.endList();
  await controller.advance(10_000);
  assertEquals(counts(controller), [1, 0]);
});

Deno.test("starts in namespaces that do not count are not counted", async () => {
  using time = new FakeTime();
  const events = scriptedPulledEvents();
  const rules = { ...SAMPLE_RULES, ignoreSpaces: ["kube-*"] };
  await using controller = await startCounting(time, events, { rules });
  await controller.advance(10_000);
  events.tell({ podUid: "p1", namespace: "kube-system" });
  events.tell({ podUid: "p2" });
  await controller.advance(2 * MINUTE);
  assertEquals(counts(controller), [1, 0]);
});

Deno.test("sums stay where a pass finds nothing that wants them, and after the bucket was lost", async () => {
  using time = new FakeTime();
  const events = scriptedPulledEvents();
  await using controller = await startCounting(time, events, { forgetAfterMs: 0 });
  await controller.advance(10_000);
  events.tell({ podUid: "p1" });
  await controller.advance(2 * MINUTE);
  controller.source.put(sampleNode("n1"));
  await controller.advance(2 * MINUTE);
  assertEquals(counts(controller), [1, 0]);
  controller.bucket.wipe();
  events.tell({ podUid: "p2" });
  await controller.advance(2 * MINUTE);
  assertEquals(counts(controller), [2, 0]);
});

Deno.test("sums that cannot be read are begun anew, and a failed write is tried again", async () => {
  using time = new FakeTime();
  const events = scriptedPulledEvents();
  const bucket = memoryStore();
  await bucket.put(BENEFIT_KEY, '{"v":9}', { signal: new AbortController().signal });
  await using controller = await startCounting(time, events, { bucket });
  controller.connection.cut();
  await controller.advance(10_000);
  controller.connection.restore();
  await controller.advance(10_000);
  events.tell({ podUid: "p1" });
  await controller.advance(2 * MINUTE);
  assertEquals(counts(controller), [1, 0]);
  const told = controller.logger.lines.map(({ message }) => message);
  assertEquals(told.filter((line) => line.startsWith("Begins to count starts anew")).length, 1);
});

Deno.test("in a bucket without room sums wait until there is some, and keep their count", async () => {
  using time = new FakeTime();
  const events = scriptedPulledEvents();
  const bucket = memoryStore();
  bucket.limit = { bytes: 64 * 1024, tells: true };
  const source = scriptedSource();
  source.put(sampleNode("n1"));
  for (let n = 0; n < 300; n++) source.put(sampleWorkload(`w-${n}`, [`reg.lab/app-${n}:1`]));
  await using controller = await startCounting(time, events, { bucket, source });
  await controller.advance(MINUTE);
  assertEquals(controller.conditions.state.get("bucket")?.holds, false);
  const written = () => controller.writes.filter(({ key }) => key === BENEFIT_KEY).length;
  const before = written();
  events.tell({ podUid: "p1" });
  await controller.advance(5 * MINUTE);
  assertEquals(written(), before);
  bucket.limit = { bytes: 1024 * 1024, tells: true };
  await controller.advance(3 * MINUTE);
  assertEquals(counts(controller), [1, 0]);
});

Deno.test("without Events nothing is counted, and the sums of before stay", async () => {
  using time = new FakeTime();
  const bucket = memoryStore();
  await bucket.put(BENEFIT_KEY, '{"v":1}', { signal: new AbortController().signal });
  await using controller = await startController(time, { bucket });
  controller.source.put(sampleNode("n1"));
  await controller.advance(5 * MINUTE);
  assertEquals(bucket.values.get(BENEFIT_KEY), '{"v":1}');
  assertEquals(bucket.values.has(nodeKey("n1")), true);
});
