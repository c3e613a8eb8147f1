import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { startAgent } from "../harness/fakes/test_agent.ts";
import { sampleWanted } from "../harness/fakes/sample_values.ts";
import { scriptedRuntime } from "../harness/fakes/scripted_runtime.ts";

const APP = "reg.lab/app:1";
const MINUTE = 60_000;

Deno.test("a pull that fails is tried again, later each time, until it succeeds", async () => {
  using time = new FakeTime();
  const runtime = scriptedRuntime();
  runtime.fail(APP, "network", "connection refused");
  await using agent = await startAgent(time, { runtime, wanted: [APP] });
  const triesAfter = async (ms: number) => {
    await agent.advance(ms);
    return runtime.pulls.length;
  };
  assertEquals(await triesAfter(1_400), 1);
  assertEquals(await triesAfter(200), 2); // after 1.5 s
  assertEquals(await triesAfter(2_700), 2);
  assertEquals(await triesAfter(500), 3); // after 3 s more
  runtime.heal(APP);
  assertEquals(await triesAfter(7_000), 4);
  assertEquals(await triesAfter(MINUTE), 4);
  assertEquals(agent.report()?.images[APP]?.state, "warm");
  assertEquals(agent.metrics.total("warm_images_pulls_total", { result: "network" }), 3);
});

Deno.test("a failure is logged and reported with its reason and the time of the next try", async () => {
  using time = new FakeTime("2026-01-01T00:00:00Z");
  const runtime = scriptedRuntime();
  runtime.fail(APP, "network", "connection refused");
  await using agent = await startAgent(time, { runtime, wanted: [APP] });
  await agent.advance(1_200);
  const line = agent.logger.lines.find(({ message }) => message === "Pull failed");
  assertEquals(line?.fields, {
    reference: APP,
    reason: "network",
    detail: "connection refused",
    retryAt: "2026-01-01T00:00:01.500Z",
  });
  const { state, reason } = agent.report()?.images[APP] ?? {};
  assertEquals([state, reason], ["failed", "network: connection refused"]);
  assertEquals(agent.metrics.value("warm_images_failed", { reason: "network" }), 1);
});

Deno.test("an image stays counted as failed in its retry", async () => {
  using time = new FakeTime();
  const runtime = scriptedRuntime();
  runtime.fail(APP, "network", "connection refused", 1);
  await using agent = await startAgent(time, { runtime, wanted: [APP] });
  using hold = runtime.hold(APP);
  await agent.advance(MINUTE);
  assertEquals([...runtime.pulling], [APP]);
  assertEquals(agent.metrics.value("warm_images_failed", { reason: "network" }), 1);
  hold.release();
  await agent.advance(1_000);
  assertEquals(agent.metrics.value("warm_images_failed", { reason: "network" }), 0);
});

Deno.test("one image that fails does not hold the others up", async () => {
  using time = new FakeTime();
  const runtime = scriptedRuntime();
  for (const name of ["a", "b", "c"]) runtime.fail(`reg.lab/${name}:1`, "network");
  const wanted = ["a", "b", "c", "d"].map((name) => `reg.lab/${name}:1`);
  await using agent = await startAgent(time, { runtime, wanted });
  await agent.advance(1_000);
  assert(runtime.present.has("reg.lab/d:1"));
});

Deno.test("429 stops all pulls from that registry and from no other", async () => {
  using time = new FakeTime();
  const runtime = scriptedRuntime();
  runtime.fail(APP, "rate_limited", "429", 1);
  await using agent = await startAgent(time, { runtime, wanted: [APP] });
  await agent.want("reg.lab/db:1", "other.lab/app:1");
  await agent.advance(20_000);
  assertEquals(runtime.pulls, [APP, "other.lab/app:1"]);
  const { reason = "" } = agent.report()?.images["reg.lab/db:1"] ?? {};
  assertStringIncludes(reason, "reg.lab asked for a pause, until ");
  await agent.advance(4_000); // the pause is 30 s · 0.75
  assertEquals(runtime.pulls.slice(2).sort(), [APP, "reg.lab/db:1"]);
});

Deno.test("429 stays in force when a pull that had begun before it succeeds", async () => {
  using time = new FakeTime();
  const runtime = scriptedRuntime();
  runtime.fail(APP, "rate_limited", "429", 1);
  using hold = runtime.hold("reg.lab/slow:1");
  await using agent = await startAgent(time, { runtime, wanted: [APP, "reg.lab/slow:1"] });
  hold.release();
  await agent.advance(20_000);
  assertEquals(runtime.pulls, [APP, "reg.lab/slow:1"]);
});

for (const failure of ["not_found", "denied", "no_platform"] as const) {
  Deno.test(`an image that is parked (${failure}) is tried again only after minutes`, async () => {
    using time = new FakeTime();
    const runtime = scriptedRuntime();
    runtime.fail(APP, failure);
    await using agent = await startAgent(time, { runtime, wanted: [APP] });
    await agent.advance(7 * MINUTE);
    assertEquals(runtime.pulls.length, 1);
    await agent.advance(MINUTE);
    assertEquals(runtime.pulls.length, 2);
    await agent.advance(14 * MINUTE);
    assertEquals(runtime.pulls.length, 2);
    await agent.advance(2 * MINUTE);
    assertEquals(runtime.pulls.length, 3);
  });
}

Deno.test("an image without anything for this platform is reported as skipped", async () => {
  using time = new FakeTime();
  const runtime = scriptedRuntime();
  runtime.fail(APP, "no_platform", "no match for platform");
  await using agent = await startAgent(time, { runtime, wanted: [APP] });
  await agent.advance(1_200);
  const { state, reason } = agent.report()?.images[APP] ?? {};
  assertEquals([state, reason], ["skipped", "no_platform: no match for platform"]);
});

Deno.test("a parked image is tried within a minute when its pull secrets change", async () => {
  using time = new FakeTime();
  const runtime = scriptedRuntime();
  runtime.fail(APP, "denied");
  await using agent = await startAgent(time, { runtime, wanted: [APP] });
  await agent.advance(10_000);
  await agent.want(APP); // written again, the same
  await agent.want(sampleWanted(APP, { priority: 9, neededBy: "2026-01-01T00:00:00.000Z" }));
  await agent.advance(MINUTE);
  assertEquals(runtime.pulls.length, 1);
  runtime.heal(APP);
  await agent.want(sampleWanted(APP, { pullSecrets: [{ namespace: "shop", name: "login" }] }));
  await agent.advance(29_000);
  assertEquals(runtime.pulls.length, 1);
  await agent.advance(5_000);
  assertEquals(runtime.pulls.length, 2);
  assertEquals(agent.report()?.images[APP]?.state, "warm");
});

Deno.test("a parked image that somebody else pulls turns warm with the next check", async () => {
  using time = new FakeTime();
  const runtime = scriptedRuntime();
  runtime.fail(APP, "denied");
  await using agent = await startAgent(time, { runtime, wanted: [APP] });
  runtime.present.set(APP, { state: "usable", bytes: 3 });
  runtime.restart();
  await agent.advance(2_200);
  const { state, reason, bytes } = agent.report()?.images[APP] ?? {};
  assertEquals([state, reason, bytes], ["warm", undefined, 3]);
});

Deno.test("above the disk's mark nothing is pulled, the report says so and the log once", async () => {
  using time = new FakeTime();
  await using agent = await startAgent(time);
  agent.disk.usedPercent = 80;
  await agent.want(APP);
  await agent.advance(5 * MINUTE);
  assertEquals(agent.runtime.pulls, []);
  const { state, reason } = agent.report()?.images[APP] ?? {};
  assertEquals([state, reason], ["waiting", "disk: 80 % used, pulls start below 80 %"]);
  const said = agent.logger.lines.filter(({ message }) => message.includes("above the mark"));
  assertEquals(said.length, 1);
  assertEquals(agent.metrics.value("warm_images_disk_used_percent"), 80);
});

Deno.test("pulls go on within half a minute once the disk has room", async () => {
  using time = new FakeTime();
  await using agent = await startAgent(time);
  agent.disk.usedPercent = 95;
  await agent.want(APP);
  await agent.advance(MINUTE);
  agent.disk.usedPercent = 79;
  await agent.advance(31_000);
  assertEquals(agent.runtime.pulls, [APP]);
  assertEquals(agent.report()?.images[APP]?.reason, undefined);
});

Deno.test("a report tells that the disk has filled up before the minute is over", async () => {
  using time = new FakeTime();
  const runtime = scriptedRuntime();
  using _hold = runtime.hold("reg.lab/x:1");
  await using agent = await startAgent(time, {
    runtime,
    pullParallel: 1,
    wanted: ["reg.lab/x:1", "reg.lab/z:1"],
  });
  await agent.advance(2_000);
  assertEquals(agent.report()?.images["reg.lab/z:1"]?.reason, undefined);
  agent.disk.usedPercent = 90;
  runtime.delete("reg.lab/elsewhere:1"); // wakes the agent and changes nothing
  await agent.advance(2_000);
  assertStringIncludes(agent.report()?.images["reg.lab/z:1"]?.reason ?? "", "disk: 90 %");
});

Deno.test("a disk that cannot be read stops pulls, and says so once", async () => {
  using time = new FakeTime();
  await using agent = await startAgent(time);
  agent.disk.broken = "df: no such file";
  await agent.want(APP);
  await agent.advance(2 * MINUTE);
  assertEquals(agent.runtime.pulls, []);
  assertEquals(agent.conditions.state.get("disk")?.holds, false);
  assertEquals(agent.report()?.images[APP]?.reason, "disk: cannot tell how full it is");
  const said = agent.logger.lines.filter(({ message }) =>
    message.includes("Could not read the disk")
  );
  assertEquals(said.length, 1);
  agent.disk.broken = undefined;
  await agent.advance(31_000);
  assertEquals(agent.runtime.pulls, [APP]);
  assertEquals(agent.conditions.state.get("disk")?.holds, true);
});

Deno.test("an image that filled the disk waits for room", async () => {
  using time = new FakeTime();
  const runtime = scriptedRuntime();
  runtime.fail(APP, "disk_full", "no space left on device", 1);
  await using agent = await startAgent(time, { runtime, wanted: [APP] });
  await agent.advance(20_000);
  assertEquals(runtime.pulls.length, 1);
  assertEquals(agent.report()?.images[APP]?.state, "waiting");
  await agent.advance(7 * MINUTE);
  assertEquals(runtime.pulls.length, 1);
  await agent.advance(2 * MINUTE);
  assertEquals(runtime.pulls.length, 2);
});
