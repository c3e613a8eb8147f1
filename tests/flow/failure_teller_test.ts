import { assertEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { ShownBucket } from "../../mod/flow/shown_bucket.ts";
import type { EventRecorder, RecordedNotice } from "../../mod/ports/event_recorder.ts";
import { reportKey } from "../../mod/pure/bucket/state_keys.ts";
import type { FailureNotice } from "../../mod/pure/failures/failure_notices.ts";
import { sampleNode, sampleWorkload } from "../harness/fakes/sample_values.ts";
import { startController, type TestController } from "../harness/fakes/test_controller.ts";

const MINUTE = 60_000;
const APP = "reg.lab/app:1";

/** A recorder that keeps what it gets, and answers as the test says. */
function scriptedEvents() {
  const got: FailureNotice[] = [];
  const script = {
    got,
    answer: (notice: FailureNotice): RecordedNotice | Error => ({
      result: "recorded",
      count: notice.count,
    }),
    record: (notice: FailureNotice) => {
      got.push(notice);
      const answer = script.answer(notice);
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
    },
  };
  return script satisfies EventRecorder;
}

async function start(time: FakeTime, failureEvents: EventRecorder): Promise<TestController> {
  const shown = new ShownBucket();
  const controller = await startController(time, {
    deps: (deps) => ({ ...deps, shown, failureEvents }),
  });
  controller.source.put(sampleNode("n1"));
  controller.source.put(sampleWorkload("web", [APP]));
  await report(controller, { state: "failed", reason: "not_found: no such tag" });
  return controller;
}

async function report(
  controller: TestController,
  image: { readonly state: string; readonly reason?: string },
): Promise<void> {
  const since = new Date(controller.clock.wallMs()).toISOString();
  const images = { [APP]: { ...image, since } };
  await controller.meddle(reportKey("n1"), { v: 1, node: "n1", agent: "1", at: since, images });
}

Deno.test("a workload is told of an image that cannot be had, and not once it is warm", async () => {
  using time = new FakeTime();
  const events = scriptedEvents();
  await using controller = await start(time, events);
  await controller.advance(1.5 * MINUTE);
  assertEquals(events.got, []);
  await controller.advance(12 * MINUTE);
  assertEquals(events.got.map(({ object, image, count }) => [object.name, image, count]), [
    ["web", APP, 1],
    ["web", APP, 2],
  ]);
  await report(controller, { state: "warm" });
  await controller.advance(60 * MINUTE);
  assertEquals(events.got.length, 2);
});

Deno.test("only who leads tells", async () => {
  using time = new FakeTime();
  const events = scriptedEvents();
  await using controller = await start(time, events);
  await controller.advance(1_000);
  controller.leadership.lead(false);
  await controller.advance(30 * MINUTE);
  assertEquals(events.got, []);
  controller.leadership.lead(true);
  await controller.advance(MINUTE);
  assertEquals(events.got.length, 1);
});

Deno.test("a lack of rights is named once in ten minutes, and stops nothing", async () => {
  using time = new FakeTime();
  const events = scriptedEvents();
  const why = 'Cannot write Events in namespace "shop": grant the verbs create and patch';
  events.answer = () => ({ result: "refused", why });
  await using controller = await start(time, events);
  await controller.advance(11 * MINUTE);
  const named = () => controller.logger.lines.filter(({ message }) => message === why).length;
  assertEquals([named(), events.got.length], [1, 1]);
  events.answer = () => ({ result: "recorded", count: 1 });
  await controller.advance(5 * MINUTE);
  assertEquals([named(), events.got.length], [1, 2]);
});

Deno.test("what could not be written is tried again at the next look", async () => {
  using time = new FakeTime();
  const events = scriptedEvents();
  events.answer = () => new Error("Cannot reach it");
  await using controller = await start(time, events);
  await controller.advance(5 * MINUTE);
  const tried = events.got.length;
  assertEquals(new Set(events.got.map(({ count }) => count)), new Set([1]));
  events.answer = (notice) => ({ result: "recorded", count: notice.count });
  await controller.advance(MINUTE);
  assertEquals(events.got.length, tried + 1);
  const warned = controller.logger.lines.filter(({ message }) =>
    message === "Could not write an Event, trying again"
  );
  assertEquals(warned.length, 1);
});
