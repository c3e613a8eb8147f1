import { delay } from "@std/async/delay";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { HealthState } from "../../../mod/adapters/health/health_state.ts";
import type { ImageRuntime } from "../../../mod/ports/image_runtime.ts";
import { aborted } from "../../harness/fakes/scripted_source.ts";
import { fakeClock } from "../../harness/fakes/fake_clock.ts";
import { memoryStore, storeWith } from "../../harness/fakes/memory_store.ts";
import {
  runtimeWith,
  type ScriptedRuntime,
  scriptedRuntime,
} from "../../harness/fakes/scripted_runtime.ts";
import { sampleNode, sampleWorkload } from "../../harness/fakes/sample_values.ts";
import { startAgent, type TestAgent } from "../../harness/fakes/test_agent.ts";
import { startController, type TestController } from "../../harness/fakes/test_controller.ts";

const APP = "reg.lab/app:1";
const MINUTE = 60_000;
const STEP_MS = 10_000;
/** Several times what `/livez` allows. */
const LONG = 5 * MINUTE;

Deno.test("an agent whose disk never answers is live, pulls nothing and says why", async () => {
  using time = new FakeTime();
  const health = new HealthState(fakeClock());
  let reads = 0;
  await using agent = await startAgent(time, {
    wanted: [APP],
    deps: (deps) => ({
      ...deps,
      conditions: health,
      disk: { read: () => (reads++, new Promise(() => {})) },
    }),
  });
  assertEquals(await diedAfter(agent, health, LONG), undefined);
  assertEquals([reads, agent.runtime.pulls], [1, []]);
  const { disk } = health.readiness().conditions;
  assertEquals(disk?.holds, false);
  assertStringIncludes(disk?.reason ?? "", "Timed out after 10 s");
  assertEquals(agent.report()?.images[APP]?.reason, "disk: cannot tell how full it is");
  const checks = agent.runtime.checks.length;
  await agent.want("reg.lab/db:1");
  await agent.advance(1_000);
  assertEquals(agent.runtime.checks.length, checks + 1, "its loop still turns");
});

Deno.test("an agent whose runtime never answers is live, and says so", async () => {
  using time = new FakeTime();
  for (const silent of ["version", "check"] as const) {
    const health = new HealthState(fakeClock());
    await using agent = await startAgent(time, {
      wanted: [APP],
      deps: (deps) => ({
        ...deps,
        conditions: health,
        runtime: runtimeWith(deps.runtime, { [silent]: silentUntilAborted }),
      }),
    });
    assertEquals(await diedAfter(agent, health, LONG), undefined);
    const { runtime } = health.readiness().conditions;
    assertEquals(runtime?.holds, false);
    assertStringIncludes(runtime?.reason ?? "", "Timed out after 40 s");
  }
});

Deno.test("an agent that a runtime keeps waiting in spite of its signal dies in a minute", async () => {
  using time = new FakeTime();
  const runtime = scriptedRuntime();
  const released = Promise.withResolvers<void>();
  let deaf = false;
  const health = new HealthState(fakeClock());
  await using agent = await startAgent(time, {
    wanted: [APP],
    deps: (deps) => ({
      ...deps,
      conditions: health,
      runtime: runtimeWith(runtime, {
        async check(references, options) {
          if (deaf) await released.promise;
          return await runtime.check(references, options);
        },
      }),
    }),
  });
  await agent.advance(MINUTE);
  deaf = true;
  await agent.want("reg.lab/db:1");
  const died = await diedAfter(agent, health, LONG);
  released.resolve();
  assert(died !== undefined && died <= MINUTE + STEP_MS, `${died}`);
});

Deno.test("an agent without bucket, runtime and registry is live", async () => {
  using time = new FakeTime();
  const health = new HealthState(fakeClock());
  const runtime = scriptedRuntime();
  using _hold = runtime.hold(APP);
  await using agent = await startAgent(time, {
    runtime,
    wanted: [APP],
    graceMs: 0,
    deps: (deps) => ({ ...deps, conditions: health }),
  });
  await agent.advance(2_000);
  assertEquals([...runtime.pulling], [APP]);
  assertEquals(await diedAfter(agent, health, LONG), undefined, "a pull hangs");
  agent.connection.cut();
  assertEquals(await diedAfter(agent, health, LONG), undefined, "NATS is away");
  runtime.lose("gone");
  assertEquals(await diedAfter(agent, health, LONG), undefined, "containerd is away");
});

Deno.test("an agent with 300 images and 50 hanging pulls, whose answers all come late, is live", async () => {
  using time = new FakeTime();
  const health = new HealthState(fakeClock());
  const wanted = Array.from({ length: 300 }, (_, index) => `reg.lab/app-${index}:1`);
  const runtime = scriptedRuntime();
  const late = async <T>(answer: () => Promise<T>): Promise<T> => {
    await delay(35_000); // less than a deadline, for each of the batches of a turn
    return await answer();
  };
  using _holds = holdAll(runtime, wanted);
  await using agent = await startAgent(time, {
    runtime,
    wanted,
    pullParallel: 50,
    pullsPerRegistry: 50,
    graceMs: 0,
    deps: (deps) => ({
      ...deps,
      conditions: health,
      runtime: runtimeWith(runtime, {
        version: (options) => late(() => runtime.version(options)),
        check: (references, options) => late(() => runtime.check(references, options)),
        othersDownload: (options) => late(() => runtime.othersDownload(options)),
      }),
    }),
  });
  assertEquals(await diedAfter(agent, health, LONG), undefined);
  assertEquals(runtime.pulling.size, 50);
  assertEquals(await diedAfter(agent, health, 15 * MINUTE), undefined, "looking again");
});

Deno.test("a controller whose bucket takes no write is live, and tries again", async () => {
  using time = new FakeTime();
  const health = new HealthState(fakeClock());
  await using controller = await startController(time, {
    deps: (deps) => ({
      ...deps,
      conditions: health,
      store: storeWith(deps.store, { put: (_key, _value, options) => silentUntilAborted(options) }),
    }),
  });
  controller.source.put(sampleWorkload("web", [APP]), sampleNode("n1"));
  assertEquals(await diedAfter(controller, health, LONG), undefined);
  const line = controller.logger.lines.find(({ message }) => message.includes("trying again"));
  assertStringIncludes(String(line?.fields.error), "Timed out after 30 s");
});

Deno.test("a controller that its store keeps waiting in spite of its signal dies in a minute", async () => {
  using time = new FakeTime();
  const health = new HealthState(fakeClock());
  const released = Promise.withResolvers<void>();
  await using controller = await startController(time, {
    deps: (deps) => ({
      ...deps,
      conditions: health,
      store: storeWith(deps.store, { put: () => released.promise }),
    }),
  });
  controller.source.put(sampleWorkload("web", [APP]), sampleNode("n1"));
  const died = await diedAfter(controller, health, LONG);
  released.resolve();
  assert(died !== undefined && died <= MINUTE + STEP_MS, `${died}`);
});

Deno.test("a controller that is idle, stands by or lacks its bucket is live", async () => {
  using time = new FakeTime();
  const health = new HealthState(fakeClock());
  await using controller = await startController(time, {
    bucket: memoryStore(),
    deps: (deps) => ({ ...deps, conditions: health }),
  });
  assertEquals(await diedAfter(controller, health, LONG), undefined, "idle");
  controller.leadership.lead(false);
  assertEquals(await diedAfter(controller, health, LONG), undefined, "standing by");
  controller.connection.cut();
  assertEquals(await diedAfter(controller, health, LONG), undefined, "NATS is away");
});

/** Makes pulls of all these go on for ever. */
function holdAll(runtime: ScriptedRuntime, references: readonly string[]): Disposable {
  const holds = new DisposableStack();
  for (const reference of references) holds.use(runtime.hold(reference));
  return holds;
}

/** Lets time pass until `/livez` would fail; returns after how many ms, undefined when it held. */
async function diedAfter(
  program: TestAgent | TestController,
  health: HealthState,
  withinMs: number,
): Promise<number | undefined> {
  for (let ms = 0; ms < withinMs; ms += STEP_MS) {
    if (!health.live()) return ms;
    await program.advance(STEP_MS);
  }
  return undefined;
}

/** An answer that never comes; only the signal ends the wait. */
async function silentUntilAborted(
  ...args: readonly unknown[]
): Promise<never> {
  const { signal } = args.at(-1) as Parameters<ImageRuntime["version"]>[0];
  await aborted(signal);
  throw signal.reason;
}
