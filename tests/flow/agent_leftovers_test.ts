import { assertEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { scriptedRuntime } from "../harness/fakes/scripted_runtime.ts";
import { startAgent } from "../harness/fakes/test_agent.ts";

const [WANTED, FORMER] = ["reg.lab/wanted:1", "reg.lab/former:1"] as const;

Deno.test("what an earlier agent's pulls have left is given up for images that nothing wants", async () => {
  using time = new FakeTime();
  const runtime = scriptedRuntime();
  runtime.left.add(WANTED).add(FORMER);
  using hold = runtime.hold(WANTED);
  await using agent = await startAgent(time, { wanted: [WANTED], runtime });
  await agent.advance(60_000);
  assertEquals(runtime.discarded, [FORMER]);
  await agent.unwant(WANTED);
  await agent.advance(60_000);
  assertEquals(runtime.discarded, [FORMER], "its pull still runs and goes on from it");
  hold.release();
  await agent.advance(60_000);
  assertEquals(runtime.discarded, [FORMER], "a pull that succeeds leaves nothing");
});

Deno.test("what is kept for the next try is given up once nothing wants the image", async () => {
  using time = new FakeTime();
  const runtime = scriptedRuntime();
  runtime.left.add(WANTED);
  runtime.fail(WANTED, "network");
  await using agent = await startAgent(time, { wanted: [WANTED], runtime });
  await agent.advance(10_000);
  assertEquals(runtime.discarded, []);
  await agent.unwant(WANTED);
  await agent.advance(60_000);
  assertEquals(runtime.discarded, [WANTED]);
});
