import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { scriptedRuntime } from "../harness/fakes/scripted_runtime.ts";
import { startAgent } from "../harness/fakes/test_agent.ts";

const APP = "reg.lab/app:1";
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

for (const how of ["by an event", "by a check"] as const) {
  Deno.test(`an image that kubelet takes each time is pulled a few times a day (found ${how})`, async () => {
    using time = new FakeTime();
    const runtime = scriptedRuntime();
    await using agent = await startAgent(time, { runtime, wanted: [APP], lookAgainMs: MINUTE });
    for (let ms = 0; ms < DAY; ms += 5 * MINUTE) {
      if (how === "by an event" && runtime.present.has(APP)) runtime.delete(APP);
      else runtime.present.delete(APP);
      await agent.advance(5 * MINUTE);
    }
    assert(runtime.pulls.length >= 6 && runtime.pulls.length <= 10, `${runtime.pulls.length}`);
    const { state, reason = "" } = agent.report()?.images[APP] ?? {};
    assertEquals(state, "waiting");
    assertStringIncludes(reason, "most likely by kubelet's garbage collection; comes back at 2");
  });
}

Deno.test("a node whose store is lost in each restart gets everything back at once", async () => {
  using time = new FakeTime();
  const runtime = scriptedRuntime();
  const wanted = ["a", "b", "c"].map((name) => `reg.lab/${name}:1`);
  await using agent = await startAgent(time, { runtime, wanted });
  for (let restart = 0; restart < 4; restart++) {
    await agent.advance(10 * MINUTE);
    runtime.restart({ wipe: true });
    await agent.advance(MINUTE);
    assertEquals([...runtime.present.keys()].sort(), wanted, `${restart}`);
  }
});
