import { assert, assertEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { type ScriptedRuntime, scriptedRuntime } from "../harness/fakes/scripted_runtime.ts";
import { startAgent, type TestAgent } from "../harness/fakes/test_agent.ts";

const APP = "reg.lab/app:1";
const DB = "reg.lab/db:1";
const MINUTE = 60_000;

/** A runtime on which kubelet downloads. */
function busy(): ScriptedRuntime {
  const runtime = scriptedRuntime();
  runtime.othersAreDownloading = true;
  return runtime;
}

const yielded = ({ metrics }: TestAgent) => metrics.total("warm_images_yielded_seconds_total");

Deno.test("no pull starts while kubelet downloads, and one does within a second afterwards", async () => {
  using time = new FakeTime();
  const runtime = busy();
  await using agent = await startAgent(time, { runtime, wanted: [APP] });
  await agent.advance(30_000);
  assertEquals([runtime.pulls, runtime.paused], [[], true]);
  runtime.othersAreDownloading = false;
  await agent.advance(1_000);
  assertEquals([runtime.pulls, runtime.paused], [[APP], false]);
  assert(yielded(agent) >= 29 && yielded(agent) <= 32, `${yielded(agent)}`);
});

Deno.test("running pulls stand still while kubelet downloads, and go on", async () => {
  using time = new FakeTime();
  const runtime = scriptedRuntime();
  using _hold = runtime.hold(APP);
  runtime.othersAreDownloading = false;
  await using agent = await startAgent(time, { runtime, wanted: [APP] });
  await agent.advance(10_000);
  assertEquals(runtime.paused, false);
  runtime.othersAreDownloading = true;
  await agent.advance(1_000);
  await agent.want(DB);
  await agent.advance(10_000);
  assertEquals([runtime.paused, runtime.pulls], [true, [APP]]);
  runtime.othersAreDownloading = false;
  await agent.advance(1_000);
  assertEquals([runtime.paused, runtime.pulls], [false, [APP, DB]]);
});

Deno.test("of downloads without end pulls get every other two minutes, and say so in debug lines", async () => {
  using time = new FakeTime();
  const runtime = busy();
  using _hold = runtime.hold(APP);
  await using agent = await startAgent(time, { runtime, wanted: [APP] });
  let pausedMs = 0;
  for (let ms = 0; ms < 19 * MINUTE; ms += 1_000) {
    await agent.advance(1_000);
    if (runtime.paused) pausedMs += 1_000;
  }
  assertEquals([...runtime.pulling], [APP]);
  assert(pausedMs >= 9 * MINUTE && pausedMs <= 10.5 * MINUTE, `${pausedMs}`);
  const lines = agent.logger.lines.filter(({ message }) => message.startsWith("Pulls stand still"));
  assertEquals(lines.length, 5);
  assertEquals(new Set(lines.map(({ level }) => level)), new Set(["debug"]));
});

Deno.test("nobody is asked about downloads while no pull runs or waits", async () => {
  using time = new FakeTime();
  const runtime = scriptedRuntime();
  runtime.othersAreDownloading = false;
  await using agent = await startAgent(time, { runtime, wanted: [APP] });
  await agent.advance(5_000);
  const asked = runtime.othersAsked;
  assert(asked > 0);
  runtime.othersAreDownloading = true;
  await agent.advance(60 * MINUTE);
  assertEquals(runtime.othersAsked, asked);
});

Deno.test("where it cannot be told who downloads, pulls go on, and it is asked once in two minutes", async () => {
  using time = new FakeTime();
  const runtime = scriptedRuntime();
  using _hold = runtime.hold(APP);
  await using agent = await startAgent(time, { runtime, wanted: [APP] });
  await agent.advance(9 * MINUTE);
  assertEquals([...runtime.pulling], [APP]);
  assertEquals([runtime.othersAsked, yielded(agent)], [5, 0]);
});

Deno.test("switched off, nobody is asked", async () => {
  using time = new FakeTime();
  const runtime = busy();
  await using agent = await startAgent(time, { runtime, wanted: [APP], yieldToKubelet: false });
  await agent.advance(MINUTE);
  assertEquals([runtime.pulls, runtime.othersAsked], [[APP], 0]);
});

Deno.test("an agent that ends lets go of what stood still", async () => {
  using time = new FakeTime();
  const runtime = scriptedRuntime();
  using hold = runtime.hold(APP);
  runtime.othersAreDownloading = false;
  await using agent = await startAgent(time, { runtime, wanted: [APP] });
  await agent.advance(1_000);
  runtime.othersAreDownloading = true;
  await agent.advance(1_000);
  assertEquals(runtime.paused, true);
  const stopping = agent.stop();
  hold.release();
  await stopping;
  assertEquals(runtime.paused, false);
});
