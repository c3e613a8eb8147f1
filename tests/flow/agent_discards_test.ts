import { assertEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { sampleWanted } from "../harness/fakes/sample_values.ts";
import { runtimeWith, scriptedRuntime } from "../harness/fakes/scripted_runtime.ts";
import { startAgent, type TestAgent } from "../harness/fakes/test_agent.ts";

const APP = "reg.lab/app:1";

/** An agent whose runtime notes what it is told to give up. */
async function start(
  time: FakeTime,
  runtime = scriptedRuntime(),
): Promise<TestAgent & { readonly discarded: readonly string[] }> {
  const discarded: string[] = [];
  const agent = await startAgent(time, {
    runtime,
    wanted: [sampleWanted(APP)],
    deps: (deps) => ({
      ...deps,
      runtime: runtimeWith(runtime, {
        discard: (reference) => Promise.resolve(void discarded.push(reference)),
      }),
    }),
  });
  return { ...agent, discarded };
}

Deno.test("what a failed pull has left is kept for the next try, which is soon", async () => {
  using time = new FakeTime();
  const runtime = scriptedRuntime();
  runtime.fail(APP, "network", "reset", 2);
  await using agent = await start(time, runtime);
  await agent.advance(60_000);
  assertEquals([runtime.pulls.length, agent.discarded], [3, []]);
});

Deno.test("what a failed pull has left goes when nobody wants the image any more", async () => {
  using time = new FakeTime();
  const runtime = scriptedRuntime();
  runtime.fail(APP, "network");
  await using agent = await start(time, runtime);
  await agent.advance(1_000);
  await agent.unwant(APP);
  await agent.advance(1_000);
  assertEquals(agent.discarded, [APP]);
});

Deno.test("what a pull has left goes when it ends after nobody wants the image any more", async () => {
  using time = new FakeTime();
  const runtime = scriptedRuntime();
  const hold = runtime.hold(APP);
  await using agent = await start(time, runtime);
  await agent.advance(1_000);
  await agent.unwant(APP);
  await agent.advance(1_000);
  assertEquals(agent.discarded, []);
  runtime.fail(APP, "network");
  hold.release();
  await agent.advance(1_000);
  assertEquals(agent.discarded, [APP]);
});

Deno.test("what a pull has left goes once its next try is more than ten minutes away", async () => {
  using time = new FakeTime();
  const runtime = scriptedRuntime();
  runtime.fail(APP, "not_found");
  await using agent = await start(time, runtime);
  await agent.advance(1_000);
  assertEquals(agent.discarded, []); // the first comes within ten minutes
  await agent.advance(10 * 60_000);
  assertEquals([runtime.pulls.length, agent.discarded], [2, [APP]]);
});

Deno.test("leftovers are given up while the disk is above the mark, as nothing is pulled then", async () => {
  using time = new FakeTime();
  const runtime = scriptedRuntime();
  runtime.fail(APP, "network");
  await using agent = await start(time, runtime);
  await agent.advance(1_000);
  assertEquals(agent.discarded, []);
  agent.disk.broken = "it hangs"; // nobody knows
  await agent.advance(60_000);
  assertEquals(agent.discarded, []);
  agent.disk.broken = undefined;
  agent.disk.usedPercent = 81;
  await agent.advance(60_000);
  assertEquals(agent.discarded, [APP]);
});

Deno.test("others who fill the disk up to the mark end a pull, which is told and tried later", async () => {
  using time = new FakeTime();
  const runtime = scriptedRuntime();
  using _hold = runtime.hold(APP);
  await using agent = await start(time, runtime);
  await agent.advance(1_000);
  assertEquals([...runtime.pulling], [APP]);
  agent.disk.usedPercent = 80;
  await agent.advance(3_000);
  assertEquals([...runtime.pulling, ...agent.discarded], [APP]);
  assertEquals(agent.discarded, [APP]);
  agent.disk.usedPercent = 50;
  await agent.advance(7 * 60_000);
  assertEquals(runtime.pulls.length, 1);
  await agent.advance(60_000); // 7.5 minutes in all
  assertEquals(runtime.pulls.length, 2);
});
