import { assertEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { sampleWanted } from "../harness/fakes/sample_values.ts";
import { scriptedRuntime } from "../harness/fakes/scripted_runtime.ts";
import { startAgent } from "../harness/fakes/test_agent.ts";

const ELSEWHERE = [{ nodeSelector: { pool: "gpu" } }];

const [FIRST, SECOND] = ["reg.lab/first:1", "reg.lab/second:1"] as const;
const BOTH_IN_TURN = { wanted: [FIRST, SECOND], pullParallel: 1 };

Deno.test("a pull that waits for its turn is dropped when nothing wants the image any more", async () => {
  using time = new FakeTime();
  const runtime = scriptedRuntime();
  using hold = runtime.hold(FIRST);
  await using agent = await startAgent(time, { ...BOTH_IN_TURN, runtime });
  await agent.advance(1_000);
  await agent.unwant(SECOND);
  hold.release();
  await agent.advance(60_000);
  assertEquals(runtime.pulls, [FIRST]);
});

Deno.test("a pull that waits for its turn is dropped when its pod is to run elsewhere", async () => {
  using time = new FakeTime();
  const runtime = scriptedRuntime();
  using hold = runtime.hold(FIRST);
  await using agent = await startAgent(time, { ...BOTH_IN_TURN, runtime });
  await agent.advance(1_000);
  await agent.want(sampleWanted(SECOND, { placements: ELSEWHERE }));
  hold.release();
  await agent.advance(60_000);
  assertEquals(runtime.pulls, [FIRST]);
});

Deno.test("an image that is wanted again after that is pulled", async () => {
  using time = new FakeTime();
  const runtime = scriptedRuntime();
  using hold = runtime.hold(FIRST);
  await using agent = await startAgent(time, { ...BOTH_IN_TURN, runtime });
  await agent.want(sampleWanted(SECOND, { placements: ELSEWHERE }));
  await agent.want(SECOND);
  hold.release();
  await agent.advance(60_000);
  assertEquals(runtime.pulls, [FIRST, SECOND]);
});
