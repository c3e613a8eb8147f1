import { assertEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { sampleWanted } from "../harness/fakes/sample_values.ts";
import { scriptedRuntime } from "../harness/fakes/scripted_runtime.ts";
import { startAgent } from "../harness/fakes/test_agent.ts";

const ELSEWHERE = [{ nodeSelector: { pool: "gpu" } }];

Deno.test("a pull that waits for its turn is dropped when nothing wants the image any more", async () => {
  using time = new FakeTime();
  const runtime = scriptedRuntime();
  using hold = runtime.hold("reg.lab/first:1");
  const wanted = ["reg.lab/first:1", "reg.lab/second:1"];
  await using agent = await startAgent(time, { runtime, wanted, pullParallel: 1 });
  await agent.advance(1_000);
  await agent.unwant("reg.lab/second:1");
  hold.release();
  await agent.advance(60_000);
  assertEquals(runtime.pulls, ["reg.lab/first:1"]);
});

Deno.test("a pull that waits for its turn is dropped when its pod is to run elsewhere", async () => {
  using time = new FakeTime();
  const runtime = scriptedRuntime();
  using hold = runtime.hold("reg.lab/first:1");
  const wanted = ["reg.lab/first:1", "reg.lab/second:1"];
  await using agent = await startAgent(time, { runtime, wanted, pullParallel: 1 });
  await agent.advance(1_000);
  await agent.want(sampleWanted("reg.lab/second:1", { placements: ELSEWHERE }));
  hold.release();
  await agent.advance(60_000);
  assertEquals(runtime.pulls, ["reg.lab/first:1"]);
});

Deno.test("an image that is wanted again after that is pulled", async () => {
  using time = new FakeTime();
  const runtime = scriptedRuntime();
  using hold = runtime.hold("reg.lab/first:1");
  const wanted = ["reg.lab/first:1", "reg.lab/second:1"];
  await using agent = await startAgent(time, { runtime, wanted, pullParallel: 1 });
  await agent.want(sampleWanted("reg.lab/second:1", { placements: ELSEWHERE }));
  await agent.want("reg.lab/second:1");
  hold.release();
  await agent.advance(60_000);
  assertEquals(runtime.pulls, ["reg.lab/first:1", "reg.lab/second:1"]);
});
