import { assert, assertEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import type { AgentDeps } from "../../mod/flow/agent_loop.ts";
import { sampleWanted } from "../harness/fakes/sample_values.ts";
import {
  runtimeWith,
  type ScriptedRuntime,
  scriptedRuntime,
} from "../harness/fakes/scripted_runtime.ts";
import { startAgent } from "../harness/fakes/test_agent.ts";

const APP = "reg.lab/app:latest";
/** How often tags are asked about here; the first time comes after half of it. */
const PERIOD = 10 * 60_000;
const moving = (reference: string) => sampleWanted(reference, { refresh: true });

/** Makes the tag stand for something else in the registry. */
function move(runtime: ScriptedRuntime, digest: string) {
  return (deps: AgentDeps): AgentDeps => ({
    ...deps,
    runtime: runtimeWith(runtime, {
      async pull(reference, options) {
        const outcome = await runtime.pull(reference, options);
        if (outcome.result !== "pulled") return outcome;
        runtime.present.set(reference, { state: "usable", bytes: 9, digest });
        return { ...outcome, bytes: 9, digest };
      },
    }),
  });
}

function present(reference = APP): ScriptedRuntime {
  const runtime = scriptedRuntime();
  runtime.present.set(reference, { state: "usable", bytes: 5, digest: "sha256:old" });
  return runtime;
}

Deno.test("a moving tag is asked about once in each period, and others never", async () => {
  using time = new FakeTime();
  const runtime = scriptedRuntime({ present: [APP, "reg.lab/app:1", "reg.lab/app@sha256:ab"] });
  const wanted = [moving(APP), sampleWanted("reg.lab/app:1"), moving("reg.lab/app@sha256:ab")];
  await using agent = await startAgent(time, { runtime, wanted, refreshEveryMs: PERIOD });
  await agent.advance(4 * PERIOD);
  assertEquals(runtime.pulls, [APP, APP, APP, APP]);
  assertEquals(agent.metrics.total("warm_images_refreshes_total", { result: "same" }), 4);
});

Deno.test("switched off, no tag is asked about", async () => {
  using time = new FakeTime();
  const runtime = present();
  const wanted = [moving(APP)];
  await using agent = await startAgent(time, { runtime, wanted, refreshEveryMs: undefined });
  await agent.advance(4 * PERIOD);
  assertEquals(runtime.pulls, []);
});

Deno.test("an image stays warm while its tag is asked about, and as it was if that has not moved", async () => {
  using time = new FakeTime();
  const runtime = present();
  const deps = move(runtime, "sha256:old");
  await using agent = await startAgent(time, {
    runtime,
    deps,
    wanted: [moving(APP)],
    refreshEveryMs: PERIOD,
  });
  await agent.advance(60_000);
  const before = agent.report()?.images[APP];
  const hold = runtime.hold(APP);
  await agent.advance(PERIOD);
  assertEquals([...runtime.pulling], [APP]);
  assertEquals(agent.report()?.images[APP], before);
  assertEquals(agent.metrics.value("warm_images_node_warm"), 1);
  hold.release();
  await agent.advance(PERIOD / 4);
  assertEquals(agent.report()?.images[APP]?.since, before?.since);
});

Deno.test("a tag that has moved is told with its new size and time", async () => {
  using time = new FakeTime();
  const runtime = present();
  const deps = move(runtime, "sha256:new");
  await using agent = await startAgent(time, {
    runtime,
    deps,
    wanted: [moving(APP)],
    refreshEveryMs: PERIOD,
  });
  await agent.advance(60_000);
  const before = agent.report()?.images[APP];
  await agent.advance(PERIOD);
  const after = agent.report()?.images[APP];
  assertEquals([before?.bytes, after?.bytes], [5, 9]);
  assert((after?.since ?? "") > (before?.since ?? ""));
  assertEquals(agent.metrics.total("warm_images_refreshes_total", { result: "moved" }), 1);
});

Deno.test("an image whose tag cannot be asked about stays warm, and is asked about sooner", async () => {
  using time = new FakeTime();
  const runtime = present();
  runtime.fail(APP, "network");
  await using agent = await startAgent(time, {
    runtime,
    wanted: [moving(APP)],
    refreshEveryMs: 6 * PERIOD,
  });
  await agent.advance(4 * PERIOD);
  assert(runtime.pulls.length > 1);
  assertEquals(agent.report()?.images[APP]?.state, "warm");
  assertEquals(agent.metrics.value("warm_images_failed", { reason: "network" }), 0);
  assertEquals(agent.metrics.total("warm_images_pulls_total"), 0);
});

Deno.test("a registry that asks for a pause gets one", async () => {
  using time = new FakeTime();
  const runtime = present();
  runtime.fail(APP, "rate_limited", undefined, 1);
  const hold = runtime.hold("reg.lab/other:1");
  await using agent = await startAgent(time, {
    runtime,
    wanted: [moving(APP)],
    refreshEveryMs: PERIOD,
  });
  await agent.advance(PERIOD / 2 + 5_000);
  assertEquals(runtime.pulls, [APP]);
  await agent.want("reg.lab/other:1");
  await agent.advance(5_000);
  assertEquals(runtime.pulls, [APP]);
  await agent.advance(60_000);
  assertEquals(runtime.pulls, [APP, "reg.lab/other:1"]);
  hold.release();
});

Deno.test("pulls go first, and one tag is asked about at a time", async () => {
  using time = new FakeTime();
  const tags = ["a", "b", "c"].map((name) => `reg.lab/${name}:latest`);
  const runtime = scriptedRuntime({ present: tags });
  const holds = tags.map((tag) => runtime.hold(tag));
  await using agent = await startAgent(time, {
    runtime,
    wanted: tags.map(moving),
    refreshEveryMs: PERIOD,
  });
  await agent.advance(2 * PERIOD);
  assertEquals(runtime.pulling.size, 1);
  await agent.want("reg.lab/new:1");
  await agent.advance(1_000);
  assert(runtime.present.has("reg.lab/new:1"));
  for (const hold of holds) hold.release();
});

Deno.test("no tag is asked about while the disk has no room", async () => {
  using time = new FakeTime();
  const runtime = present();
  await using agent = await startAgent(time, {
    runtime,
    wanted: [moving(APP)],
    refreshEveryMs: PERIOD,
  });
  agent.disk.usedPercent = 95;
  await agent.advance(3 * PERIOD);
  assertEquals(runtime.pulls, []);
});

Deno.test("an image that vanishes while its tag is asked about is pulled", async () => {
  using time = new FakeTime();
  const runtime = present();
  const hold = runtime.hold(APP);
  runtime.fail(APP, "server_error", undefined, 1);
  await using agent = await startAgent(time, {
    runtime,
    wanted: [moving(APP)],
    refreshEveryMs: PERIOD,
  });
  await agent.advance(PERIOD);
  assertEquals([...runtime.pulling], [APP]);
  runtime.delete(APP);
  hold.release();
  await agent.advance(60_000);
  assert(runtime.present.has(APP));
  assertEquals(agent.report()?.images[APP]?.state, "warm");
});
