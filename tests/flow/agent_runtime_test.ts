import { assert, assertEquals, assertRejects } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { RuntimeLostError, RuntimeUnavailableError } from "../../mod/pure/pulls/runtime_errors.ts";
import { startAgent, type TestAgent } from "../harness/fakes/test_agent.ts";
import { runtimeWith, scriptedRuntime } from "../harness/fakes/scripted_runtime.ts";

const APP = "reg.lab/app:1";
const GONE = 'Cannot reach containerd at "/run/x.sock": is it running?';

const linesOf = (agent: TestAgent, text: string) =>
  agent.logger.lines.filter(({ message }) => message.includes(text)).length;

Deno.test("a runtime that is not there at the start is a condition, and no reason to stop", async () => {
  using time = new FakeTime();
  const runtime = scriptedRuntime();
  runtime.unavailable(GONE);
  await using agent = await startAgent(time, { runtime, wanted: [APP] });
  await agent.advance(60_000);
  assertEquals(agent.conditions.state.get("runtime"), { holds: false, reason: GONE });
  assertEquals(runtime.pulls, []);
  assertEquals(linesOf(agent, "did not answer"), 1);
  assertEquals(agent.report()?.runtime, undefined);
  assertEquals(agent.report()?.images[APP]?.reason, "not checked yet");
  runtime.unavailable();
  await agent.advance(16_000);
  assertEquals(agent.conditions.state.get("runtime"), { holds: true });
  assertEquals(runtime.pulls, [APP]);
  assertEquals(agent.report()?.runtime, { client: "1.7.24", server: "1.7.24" });
});

Deno.test("a runtime that does not answer is asked at most a few times a minute", async () => {
  using time = new FakeTime();
  const runtime = scriptedRuntime();
  runtime.unavailable(GONE);
  let asked = 0;
  await using agent = await startAgent(time, {
    runtime,
    wanted: [APP],
    deps: (deps) => ({
      ...deps,
      runtime: runtimeWith(runtime, {
        version: (options) => {
          asked++;
          return runtime.version(options);
        },
      }),
    }),
  });
  for (let i = 0; i < 20; i++) await agent.want(`reg.lab/app${i}:1`);
  await agent.advance(60_000);
  assert(asked >= 4 && asked <= 10, `${asked}`);
  assertEquals(runtime.checks, []);
});

Deno.test("a runtime that dies while idle is noticed within a minute, and its return too", async () => {
  using time = new FakeTime();
  await using agent = await startAgent(time, { wanted: [APP] });
  await agent.advance(5_000);
  agent.runtime.unavailable(GONE);
  await agent.advance(60_000);
  assertEquals(agent.conditions.state.get("runtime")?.holds, false);
  agent.runtime.unavailable();
  await agent.advance(20_000);
  assertEquals(agent.conditions.state.get("runtime")?.holds, true);
  assertEquals(linesOf(agent, "Container runtime answered"), 2);
  await agent.want("reg.lab/db:1");
  assertEquals(agent.runtime.pulls, [APP, "reg.lab/db:1"]);
});

Deno.test("a pull that the dying runtime took along is done again after its return", async () => {
  using time = new FakeTime();
  const runtime = scriptedRuntime();
  using hold = runtime.hold(APP);
  await using agent = await startAgent(time, { runtime, wanted: [APP] });
  runtime.unavailable(GONE);
  await agent.advance(10_000);
  assertEquals(agent.conditions.state.get("runtime")?.holds, false);
  assertEquals(agent.report()?.images[APP]?.state, "waiting");
  assertEquals(runtime.pulls, [APP]);
  hold.release();
  runtime.restart();
  await agent.advance(5_000);
  assertEquals(runtime.pulls, [APP, APP]);
  assertEquals(agent.report()?.images[APP]?.state, "warm");
});

Deno.test("a runtime that tells its version and nothing else is not well", async () => {
  using time = new FakeTime();
  const runtime = scriptedRuntime();
  await using agent = await startAgent(time, {
    runtime,
    wanted: [APP],
    deps: (deps) => ({
      ...deps,
      runtime: runtimeWith(runtime, {
        check: () => Promise.reject(new RuntimeUnavailableError(GONE)),
      }),
    }),
  });
  await agent.advance(120_000);
  assertEquals(agent.conditions.state.get("runtime")?.holds, false);
  assertEquals(linesOf(agent, "did not answer"), 1);
  assertEquals(linesOf(agent, "Container runtime answered"), 0);
});

Deno.test("everything is checked again every ten minutes, and only then", async () => {
  using time = new FakeTime();
  await using agent = await startAgent(time, { wanted: [APP] });
  await agent.advance(590_000);
  const checked = agent.runtime.checks.length;
  await agent.advance(20_000);
  assertEquals(agent.runtime.checks.length, checked + 1);
  await agent.advance(580_000);
  assertEquals(agent.runtime.checks.length, checked + 1);
});

Deno.test("a runtime that throws in the middle of a pull holds up that image alone", async () => {
  using time = new FakeTime();
  const runtime = scriptedRuntime();
  await using agent = await startAgent(time, {
    wanted: [APP, "reg.lab/db:1"],
    deps: (deps) => ({
      ...deps,
      runtime: runtimeWith(runtime, {
        pull: (reference, options) =>
          reference === APP
            ? Promise.reject(new Error("a fault of ours"))
            : runtime.pull(reference, options),
      }),
    }),
  });
  await agent.advance(1_200);
  assertEquals(agent.report()?.images["reg.lab/db:1"]?.state, "warm");
  assertEquals(agent.report()?.images[APP]?.reason, "runtime: Error: a fault of ours");
});

Deno.test("the agent's loop beats whatever the runtime and the bucket do", async () => {
  using time = new FakeTime();
  const runtime = scriptedRuntime();
  runtime.unavailable(GONE);
  await using agent = await startAgent(time, { runtime, source: "none" });
  agent.connection.cut();
  const before = agent.conditions.beats;
  await agent.advance(60_000);
  assert(agent.conditions.beats - before >= 11);
});

const PATIENT = { exitWhenRuntimeLostMs: 20_000, wanted: [APP] };

Deno.test("an agent that is told to ends once its runtime has been lost for that long", async () => {
  using time = new FakeTime();
  const agent = await startAgent(time, PATIENT);
  await agent.advance(5_000);
  agent.runtime.lose(GONE);
  await agent.advance(1);
  assertEquals(agent.conditions.state.get("runtime"), { holds: false, reason: GONE });
  await agent.advance(40_000);
  const error = await assertRejects(() => agent.stop(), RuntimeLostError);
  assert(error.message.includes("--exit-when-runtime-lost"), error.message);
  assertEquals(agent.report()?.runtime, undefined, "the last report says so");
});

Deno.test("an agent stays when its lost runtime comes back in time", async () => {
  using time = new FakeTime();
  await using agent = await startAgent(time, PATIENT);
  await agent.advance(5_000);
  for (let i = 0; i < 5; i++) {
    agent.runtime.lose(GONE);
    await agent.advance(15_000);
    agent.runtime.restart();
    await agent.advance(1_000);
  }
  assertEquals(agent.conditions.state.get("runtime"), { holds: true });
});

Deno.test("an agent stays without a runtime that never answered, hangs or may not be used", async () => {
  using time = new FakeTime();
  const never = scriptedRuntime();
  never.lose(GONE);
  await using first = await startAgent(time, { ...PATIENT, runtime: never });
  await using second = await startAgent(time, PATIENT);
  await second.advance(5_000);
  second.runtime.unavailable("permission denied");
  await first.advance(300_000);
  assertEquals(first.conditions.state.get("runtime"), { holds: false, reason: GONE });
  assertEquals(second.conditions.state.get("runtime")?.holds, false);
});

Deno.test("an agent that is not told to waits for a lost runtime for ever", async () => {
  using time = new FakeTime();
  await using agent = await startAgent(time, { wanted: [APP] });
  await agent.advance(5_000);
  agent.runtime.lose(GONE);
  await agent.advance(3_600_000);
  assertEquals(agent.conditions.state.get("runtime")?.holds, false);
});
