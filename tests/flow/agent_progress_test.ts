import { assert, assertEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { scriptedRuntime } from "../harness/fakes/scripted_runtime.ts";
import { startAgent } from "../harness/fakes/test_agent.ts";

const APP = "reg.lab/app:1";
const TOTAL = 60e6;

Deno.test("the report and the metrics tell how far a pull is, and reports do so now and then", async () => {
  using time = new FakeTime();
  const runtime = scriptedRuntime();
  using hold = runtime.hold(APP);
  await using agent = await startAgent(time, { runtime, wanted: [APP] });
  await agent.advance(10_000);
  const before = agent.reportedAt.length;
  for (let bytes = 1e6; bytes <= TOTAL; bytes += 1e6) {
    const secondsLeft = (TOTAL - bytes) / 1e6;
    runtime.progress(APP, { bytes, totalBytes: TOTAL, bytesPerSecond: 1e6, secondsLeft });
    await agent.advance(1_000);
  }
  const count = agent.reportedAt.length - before;
  assert(count >= 4 && count <= 6, `${count} reports in a minute`);
  const { bytes = 0, ...rest } = agent.report()?.images[APP]?.progress ?? {};
  assertEquals(rest, {
    totalBytes: TOTAL,
    bytesPerSecond: 1e6,
    secondsLeft: (TOTAL - bytes) / 1e6,
  });
  assert(bytes > TOTAL / 2);
  assertEquals(agent.metrics.total("warm_images_pull_bytes_total"), TOTAL);
  runtime.progress(APP, { bytes: TOTAL / 2, totalBytes: TOTAL, secondsLeft: 30 });
  assertEquals(agent.metrics.value("warm_images_pull_bytes_left"), TOTAL / 2);
  assertEquals(agent.metrics.value("warm_images_pull_seconds_left"), 30);
  hold.release();
  await agent.advance(5_000);
  assertEquals(agent.report()?.images[APP]?.progress, undefined);
  assertEquals(agent.metrics.value("warm_images_pull_bytes_left"), 0);
  assertEquals(agent.metrics.value("warm_images_pull_seconds_left"), 0);
});

Deno.test("what does not fit is skipped, and no failure", async () => {
  using time = new FakeTime();
  const runtime = scriptedRuntime();
  runtime.fail(APP, "no_room", "needs 30 GB, 10 GB are left");
  await using agent = await startAgent(time, { runtime, wanted: [APP] });
  await agent.advance(3_000);
  const { state, reason } = agent.report()?.images[APP] ?? {};
  assertEquals([state, reason], ["skipped", "no room: needs 30 GB, 10 GB are left"]);
  assertEquals(agent.metrics.value("warm_images_skipped", { reason: "no_room" }), 1);
  assertEquals(agent.metrics.value("warm_images_failed", { reason: "no_room" }), undefined);
  assertEquals(agent.logger.lines.filter(({ level }) => level === "warn"), []);
});
