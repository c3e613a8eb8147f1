import { assert, assertEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { nodeKey } from "../../mod/pure/bucket/state_keys.ts";
import { startAgent } from "../harness/fakes/test_agent.ts";
import { sampleNode, sampleWanted } from "../harness/fakes/sample_values.ts";
import { runtimeWith, scriptedRuntime } from "../harness/fakes/scripted_runtime.ts";

const images = (...names: string[]) => names.map((name) => `reg.lab/${name}:1`);

Deno.test("an agent that joins late warms everything that was wanted before", async () => {
  using time = new FakeTime();
  await using agent = await startAgent(time, { wanted: images("a", "b", "c", "d", "e") });
  await agent.advance(2_000);
  assertEquals([...agent.runtime.present.keys()].sort(), images("a", "b", "c", "d", "e"));
  assert(Object.values(agent.report()?.images ?? {}).every(({ state }) => state === "warm"));
  assertEquals(agent.metrics.value("warm_images_node_warm"), 5);
});

Deno.test("an image that becomes wanted is pulled at once", async () => {
  using time = new FakeTime();
  await using agent = await startAgent(time);
  await agent.advance(30_000);
  await agent.want("reg.lab/a:1");
  assertEquals(agent.runtime.pulls, images("a"));
});

Deno.test("an image that is there causes no pull", async () => {
  using time = new FakeTime();
  const runtime = scriptedRuntime({ present: images("a") });
  await using agent = await startAgent(time, { runtime, wanted: images("a", "b") });
  await agent.advance(60_000);
  assertEquals(runtime.pulls, images("b"));
});

Deno.test("an image that is there but cannot be used yet is pulled", async () => {
  using time = new FakeTime();
  const runtime = scriptedRuntime();
  runtime.present.set("reg.lab/a:1", { state: "incomplete", why: "not unpacked" });
  await using _agent = await startAgent(time, { runtime, wanted: images("a") });
  assertEquals(runtime.pulls, images("a"));
});

Deno.test("the pod that waits is served first, then priority, then small images", async () => {
  using time = new FakeTime();
  await using agent = await startAgent(time, {
    pullParallel: 1,
    wanted: [
      sampleWanted("reg.lab/plain:1"),
      sampleWanted("reg.lab/large:1", { sizeBytes: 900 }),
      sampleWanted("reg.lab/small:1", { sizeBytes: 9 }),
      sampleWanted("reg.lab/important:1", { priority: 1 }),
      sampleWanted("reg.lab/needed:1", { neededBy: "2026-01-01T00:00:00.000Z" }),
      sampleWanted("reg.lab/another:1"),
    ],
  });
  await agent.advance(1_000);
  const order = images("needed", "important", "small", "large", "another", "plain");
  assertEquals(agent.runtime.pulls, order);
});

Deno.test("three pulls run side by side, the next starts when one has ended", async () => {
  using time = new FakeTime();
  const runtime = scriptedRuntime();
  const holds = images("a", "b", "c", "d").map((image) => runtime.hold(image));
  await using agent = await startAgent(time, { runtime, wanted: images("a", "b", "c", "d") });
  assertEquals([...runtime.pulling], images("a", "b", "c"));
  holds[1]?.release();
  await agent.advance(100);
  assertEquals([...runtime.pulling], images("a", "c", "d"));
  for (const hold of holds) hold.release();
});

Deno.test("a repository's first pull runs alone, then its siblings side by side", async () => {
  using time = new FakeTime();
  const runtime = scriptedRuntime();
  const tags = ["reg.lab/app:1", "reg.lab/app:2", "reg.lab/app:3"];
  const holds = tags.map((tag) => runtime.hold(tag));
  await using agent = await startAgent(time, { runtime, wanted: tags });
  await agent.advance(1_000);
  assertEquals([...runtime.pulling], ["reg.lab/app:1"]);
  holds[0]?.release();
  await agent.advance(100);
  assertEquals([...runtime.pulling], ["reg.lab/app:2", "reg.lab/app:3"]);
  for (const hold of holds) hold.release();
});

Deno.test("an image for other nodes is not pulled", async () => {
  using time = new FakeTime();
  const elsewhere = sampleWanted("reg.lab/a:1", { placements: [{ nodeSelector: { gpu: "yes" } }] });
  await using agent = await startAgent(time, { wanted: [elsewhere] });
  await agent.advance(1_000);
  assertEquals(agent.runtime.pulls, []);
  assertEquals(agent.metrics.value("warm_images_node_wanted"), 0);
  await agent.put(nodeKey("n1"), { v: 1, ...sampleNode("n1", { labels: { gpu: "yes" } }) });
  assertEquals(agent.runtime.pulls, images("a"));
});

Deno.test("a node that asks to be skipped gets nothing", async () => {
  using time = new FakeTime();
  await using agent = await startAgent(time);
  await agent.put(nodeKey("n1"), { v: 1, ...sampleNode("n1", { skip: true }) });
  await agent.want("reg.lab/a:1");
  await agent.advance(60_000);
  assertEquals(agent.runtime.pulls, []);
});

Deno.test("an image no longer wanted is not pulled any more and not deleted", async () => {
  using time = new FakeTime();
  const runtime = scriptedRuntime();
  runtime.fail("reg.lab/b:1", "network");
  await using agent = await startAgent(time, { runtime, wanted: images("a", "b") });
  for (const image of images("a", "b")) await agent.unwant(image);
  runtime.heal("reg.lab/b:1");
  await agent.advance(3_600_000);
  assertEquals(runtime.pulls, images("a", "b"));
  assertEquals([...runtime.present.keys()], images("a"));
  assertEquals(agent.report()?.images, {});
});

Deno.test("an image forgotten and wanted again while its pull runs is pulled once", async () => {
  using time = new FakeTime();
  const runtime = scriptedRuntime();
  await using agent = await startAgent(time, { runtime, wanted: ["reg.lab/app:0"] });
  using hold = runtime.hold("reg.lab/app:1");
  await agent.want("reg.lab/app:1");
  await agent.unwant("reg.lab/app:1");
  await agent.want("reg.lab/app:1");
  await agent.advance(5_000);
  hold.release();
  await agent.advance(5_000);
  assertEquals(runtime.pulls, ["reg.lab/app:0", "reg.lab/app:1"]);
  assertEquals(agent.report()?.images["reg.lab/app:1"]?.state, "warm");
});

Deno.test("an image that somebody deletes comes back", async () => {
  using time = new FakeTime();
  await using agent = await startAgent(time, { wanted: images("a", "b") });
  await agent.advance(5_000);
  agent.runtime.delete("reg.lab/a:1");
  await agent.advance(1_000);
  assertEquals(agent.runtime.pulls, images("a", "b", "a"));
});

Deno.test("an image deleted without an event comes back with the next check", async () => {
  using time = new FakeTime();
  await using agent = await startAgent(time, { wanted: images("a") });
  agent.runtime.present.clear();
  await agent.advance(590_000);
  assertEquals(agent.runtime.pulls, images("a"));
  await agent.advance(20_000);
  assertEquals(agent.runtime.pulls, images("a", "a"));
});

Deno.test("a runtime that restarts with an empty store gets everything again", async () => {
  using time = new FakeTime();
  await using agent = await startAgent(time, { wanted: images("a", "b") });
  await agent.advance(5_000);
  agent.runtime.restart({ wipe: true });
  await agent.advance(1_000);
  assertEquals(agent.runtime.pulls, images("a", "b", "a", "b"));
});

Deno.test("pulls begin before all of many images have been checked", async () => {
  using time = new FakeTime();
  const runtime = scriptedRuntime();
  const many = Array.from({ length: 250 }, (_, i) => `reg.lab/app${i}:1`);
  const holds = many.map((image) => runtime.hold(image));
  let pullsAtSecondCheck = -1;
  await using _agent = await startAgent(time, {
    runtime,
    wanted: many,
    deps: (deps) => ({
      ...deps,
      runtime: runtimeWith(runtime, {
        check: (references, options) => {
          if (runtime.checks.length === 1) pullsAtSecondCheck = runtime.pulls.length;
          return runtime.check(references, options);
        },
      }),
    }),
  });
  assertEquals(runtime.checks.map((check) => check.length), [100, 100, 50]);
  assertEquals(pullsAtSecondCheck, 3);
  for (const hold of holds) hold.release();
});
