import { assert, assertEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import {
  runtimeWith,
  type ScriptedRuntime,
  scriptedRuntime,
} from "../harness/fakes/scripted_runtime.ts";
import { sampleNode, sampleWorkload } from "../harness/fakes/sample_values.ts";
import { startAgent, type TestAgent, type TestAgentOptions } from "../harness/fakes/test_agent.ts";
import { startController } from "../harness/fakes/test_controller.ts";

const APP = "reg.lab/app:1";
const START = "2026-03-01T00:00:00Z";
const SECOND = 1_000;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const WEEK = 7 * 24 * HOUR;

/** How the time of day may be set while a program runs. */
const STEPS = {
  "3 h back": -3 * HOUR,
  "3 weeks back": -3 * WEEK,
  "3 h forward": 3 * HOUR,
  "3 weeks forward": 3 * WEEK,
};

/** Something that an agent goes through; the clock is set after `stepAfterMs` of it. */
interface Ordeal {
  readonly stepAfterMs: number;
  readonly lastsMs: number;
  readonly runtime?: (runtime: ScriptedRuntime) => void;
  readonly options?: TestAgentOptions;
  readonly begin?: (agent: TestAgent) => void;
  readonly after?: (agent: TestAgent) => void;
}

const ORDEALS: Readonly<Record<string, Ordeal>> = {
  "waits to try a pull again": {
    stepAfterMs: 2 * SECOND,
    lastsMs: 3 * MINUTE,
    runtime: (runtime) => runtime.fail(APP, "network"),
  },
  "keeps a registry's pause": {
    stepAfterMs: 5 * SECOND,
    lastsMs: MINUTE,
    runtime: (runtime) => runtime.fail(APP, "rate_limited", "429", 2),
  },
  "has parked an image": {
    stepAfterMs: MINUTE,
    lastsMs: 8 * MINUTE,
    runtime: (runtime) => runtime.fail(APP, "not_found"),
  },
  "is idle": { stepAfterMs: 30 * SECOND, lastsMs: 3 * MINUTE },
  "waits for room on the disk": {
    stepAfterMs: 10 * SECOND,
    lastsMs: MINUTE,
    begin: ({ disk }) => void (disk.usedPercent = 95),
    after: ({ disk }) => void (disk.usedPercent = 10),
  },
  "waits for its runtime": {
    stepAfterMs: 10 * SECOND,
    lastsMs: MINUTE,
    runtime: (runtime) => runtime.unavailable("gone"),
    after: ({ runtime }) => runtime.unavailable(),
  },
  "has lost its runtime and has patience": {
    stepAfterMs: 20 * SECOND,
    lastsMs: 2 * MINUTE,
    options: { exitWhenRuntimeLostMs: 10 * MINUTE },
    begin: ({ runtime }) => runtime.lose("gone"),
  },
};

for (const [what, ordeal] of Object.entries(ORDEALS)) {
  Deno.test(`an agent that ${what} does the same at the same moments, however the clock is set`, async () => {
    const expected = await agentDeeds(ordeal, 0);
    assert(expected.length > 0);
    for (const [step, ms] of Object.entries(STEPS)) {
      assertEquals(await agentDeeds(ordeal, ms), expected, step);
    }
  });
}

Deno.test("a state is shown since its change, by the clock of then, and a pull's time is true", async () => {
  using time = new FakeTime(START);
  const runtime = scriptedRuntime();
  using hold = runtime.hold("reg.lab/db:1");
  await using agent = await startAgent(time, { runtime, wanted: [APP, "reg.lab/db:1"] });
  await agent.advance(2 * SECOND);
  const since = agent.report()?.images[APP]?.since;
  assertEquals(since, START.replace("Z", ".000Z"));
  agent.clock.step(-3 * WEEK);
  await agent.advance(2 * MINUTE);
  hold.release();
  await agent.advance(2 * SECOND);
  const { at, images } = agent.report() ?? {};
  assertEquals(images?.[APP]?.since, since);
  assertEquals(images?.["reg.lab/db:1"]?.since, "2026-02-08T00:02:02.000Z");
  assert(at?.startsWith("2026-02-08T00:02:0"), at);
  assertEquals(agent.metrics.value("warm_images_pull_seconds"), 122);
});

Deno.test("a controller does the same at the same moments, however the clock is set", async () => {
  const expected = await controllerDeeds(0);
  assert(expected.length > 0);
  for (const [step, ms] of Object.entries(STEPS)) {
    assertEquals(await controllerDeeds(ms), expected, step);
  }
});

Deno.test("an image that nothing wants leaves in its time after a clock was set, if not before", async () => {
  for (const [step, ms] of Object.entries(STEPS)) {
    using time = new FakeTime(START);
    await using controller = await startController(time, { forgetAfterMs: 3 * MINUTE });
    controller.source.put(sampleNode("n1"), sampleWorkload("web", [APP]));
    await controller.advance(10 * SECOND);
    controller.source.remove("web");
    await controller.advance(MINUTE);
    controller.clock.step(ms);
    await controller.advance(4 * MINUTE);
    assertEquals(controller.wanted(APP), undefined, step);
    assert(controller.source.observed < 20, `${step}: ${controller.source.observed} passes`);
  }
});

Deno.test("agents stay fresh and stale for the controller, however the clock is set", async () => {
  for (const [step, ms] of Object.entries(STEPS)) {
    using time = new FakeTime(START);
    await using controller = await startController(time);
    controller.source.put(sampleNode("n1"), sampleWorkload("web", [APP]));
    const bucket = controller.bucket.another();
    await using agent = await startAgent(time, { bucket, source: "none" });
    const states = () =>
      ["fresh", "stale"].map((state) => controller.metrics.value("warm_images_agents", { state }));
    await agent.advance(2 * MINUTE);
    for (const { clock } of [agent, controller]) clock.step(ms);
    await agent.advance(2 * MINUTE);
    assertEquals(states(), [1, 0], step);
    await agent.stop();
    controller.clock.step(-ms);
    await controller.advance(6 * MINUTE);
    assertEquals(states(), [0, 1], step);
  }
});

/** What an agent does, each with its time since the start; passes that do nothing else, too. */
async function agentDeeds(ordeal: Ordeal, stepMs: number): Promise<string[]> {
  using time = new FakeTime(START);
  const deeds: string[] = [];
  const start = Date.now();
  const note = (what: string) => void deeds.push(`${Date.now() - start} ${what}`);
  const runtime = scriptedRuntime();
  ordeal.runtime?.(runtime);
  await using agent = await startAgent(time, {
    ...ordeal.options,
    runtime,
    deps: (deps) => ({
      ...deps,
      runtime: runtimeWith(runtime, {
        version: (options) => (note("version"), runtime.version(options)),
        check: (references, options) => (note("check"), runtime.check(references, options)),
        pull: (reference, options) => (note("pull"), runtime.pull(reference, options)),
      }),
      logger: { ...deps.logger, debug: note },
    }),
  });
  ordeal.begin?.(agent);
  await agent.want(APP);
  await agent.advance(ordeal.stepAfterMs);
  agent.clock.step(stepMs);
  await agent.advance(MINUTE);
  ordeal.after?.(agent);
  await agent.advance(ordeal.lastsMs);
  return [...deeds, ...agent.reportedAt.map((at) => `${at - start} report`)];
}

/** What a controller does while its bucket is away for some time. */
async function controllerDeeds(stepMs: number): Promise<string[]> {
  using time = new FakeTime(START);
  const start = Date.now();
  const deeds: string[] = [];
  await using controller = await startController(time, {
    deps: (deps) => ({
      ...deps,
      source: {
        type: "kubernetes",
        follow: (options) => deps.source.follow(options),
        observe: () => (deeds.push(`${Date.now() - start} pass`), deps.source.observe()),
      },
    }),
  });
  const step = () => controller.clock.step(stepMs);
  controller.source.put(sampleNode("n1"), sampleWorkload("web", [APP]));
  await controller.advance(10 * SECOND);
  step();
  await controller.advance(3 * MINUTE);
  controller.connection.cut();
  controller.source.put(sampleWorkload("shop", ["reg.lab/shop:1"]));
  await controller.advance(20 * SECOND);
  step();
  await controller.advance(MINUTE);
  controller.connection.restore();
  await controller.advance(MINUTE);
  return [...deeds, ...controller.writes.map(({ at, type }) => `${at - start} ${type}`)];
}
