import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { META_KEY, nodeKey } from "../../mod/pure/bucket/state_keys.ts";
import type { Presence } from "../../mod/pure/pulls/presence.ts";
import { VERSION } from "../../mod/pure/version.ts";
import { forbidding } from "../harness/fakes/memory_store.ts";
import { sampleMeta, sampleNode } from "../harness/fakes/sample_values.ts";
import { runtimeWith, scriptedRuntime } from "../harness/fakes/scripted_runtime.ts";
import { startAgent, type TestAgent } from "../harness/fakes/test_agent.ts";

const APP = "reg.lab/app:1";
const MINUTE = 60_000;

/** How many reports and beats an agent writes in a time. */
async function writesIn(agent: TestAgent, ms: number) {
  const [reports, beats] = [agent.reportedAt.length, agent.beatenAt.length];
  await agent.advance(ms);
  return { reports: agent.reportedAt.length - reports, beats: agent.beatenAt.length - beats };
}

Deno.test("an agent beats once a minute, and says how its node does", async () => {
  using time = new FakeTime("2026-01-01T00:00:00Z");
  await using agent = await startAgent(time, { wanted: [APP] });
  await agent.advance(5_000);
  assertEquals(await writesIn(agent, 60 * MINUTE), { reports: 0, beats: 60 });
  assertEquals(agent.beat(), {
    v: 1,
    node: "n1",
    agent: VERSION,
    runtime: { client: "1.7.24", server: "1.7.24" },
    at: new Date(agent.beatenAt.at(-1) ?? 0).toISOString(),
    images: { wanted: 1, warm: 1, pulling: 0, waiting: 0, failed: 0 },
    disk: { usedPercent: 10, freeBytes: 9e10 },
    bytes: {},
  });
});

Deno.test("an agent whose work is stuck does not beat, and beats again when it goes on", async () => {
  using time = new FakeTime();
  const stuck = Promise.withResolvers<ReadonlyMap<string, Presence>>();
  let hangs = false;
  await using agent = await startAgent(time, {
    wanted: [APP],
    deps: (deps) => ({
      ...deps,
      runtime: runtimeWith(deps.runtime, {
        check: (...asked) => hangs ? stuck.promise : deps.runtime.check(...asked),
      }),
    }),
  });
  await agent.advance(5 * MINUTE);
  hangs = true;
  await agent.want("reg.lab/db:1");
  await agent.advance(2 * MINUTE);
  assertEquals((await writesIn(agent, 30 * MINUTE)).beats, 0);
  hangs = false;
  stuck.resolve(new Map());
  await agent.advance(MINUTE);
  assert((await writesIn(agent, 10 * MINUTE)).beats >= 9);
});

Deno.test("beats come with jitter, and never so late that the agent seems silent", async () => {
  using time = new FakeTime();
  let random = 0;
  await using agent = await startAgent(time, { random: () => random = (random + 0.37) % 1 });
  await agent.advance(60 * MINUTE);
  const gaps = agent.beatenAt.slice(1).map((at, i) => at - (agent.beatenAt[i] ?? 0));
  assert(new Set(gaps).size > 10, `${gaps}`);
  for (const gap of gaps) assert(gap >= 54_000 && gap <= 66_000, `${gap}`);
});

Deno.test("an idle agent with 500 images writes less than 400 bytes a minute", async () => {
  using time = new FakeTime();
  const wanted = Array.from({ length: 500 }, (_, i) => `registry.example/team/app-${i}:1.2.${i}`);
  const runtime = scriptedRuntime({ bytes: 123_456_789 });
  await using agent = await startAgent(time, { wanted, runtime });
  await agent.advance(10 * MINUTE);
  assertEquals(agent.beat()?.images.warm, 500);
  const before = agent.writtenBytes;
  await agent.advance(60 * MINUTE);
  const perMinute = (agent.writtenBytes - before) / 60;
  assert(perMinute < 400, `${perMinute}`);
  const report = JSON.stringify(agent.report()).length;
  assert(report > 50_000, `what it wrote each minute before: ${report}`);
});

Deno.test("an agent that has not read the bucket does not beat: it knows of nothing", async () => {
  using time = new FakeTime();
  await using agent = await startAgent(time, { source: "none" });
  agent.connection.cut();
  await agent.advance(5 * MINUTE);
  assertEquals(agent.reportedAt.length, agent.beatenAt.length);
});

Deno.test("a bucket that is lost gets beat and report again at once", async () => {
  using time = new FakeTime();
  await using agent = await startAgent(time, { wanted: [APP] });
  await agent.advance(10 * MINUTE);
  agent.bucket.wipe();
  await agent.advance(3_000);
  assert(agent.beat());
  assert(agent.report());
});

Deno.test("a user that may not beat reports each minute, says once why, and goes on trying", async () => {
  using time = new FakeTime();
  let granted = false;
  await using agent = await startAgent(time, {
    wanted: [APP],
    deps: (deps) => {
      const refusing = forbidding(deps.store, "beat.");
      const put: typeof refusing.put = (...args) => (granted ? deps.store : refusing).put(...args);
      return { ...deps, store: { ...refusing, put } };
    },
  });
  await agent.advance(5_000);
  const { reports, beats } = await writesIn(agent, 30 * MINUTE);
  assert(reports >= 29, `${reports}`);
  assertEquals(beats, 0);
  const warned = agent.logger.lines.filter(({ level }) => level === "warn");
  assertEquals(warned.length, 1);
  assertStringIncludes(warned[0]?.message ?? "", "May not write beat.n1");
  assertStringIncludes(warned[0]?.message ?? "", "Permissions of a shared NATS");
  granted = true;
  await agent.advance(12 * MINUTE);
  assertEquals((await writesIn(agent, 10 * MINUTE)).reports, 0);
  assert(agent.beat());
});

Deno.test("for a controller that knows no beats the report is written each minute", async () => {
  using time = new FakeTime();
  await using agent = await startAgent(time, { source: "none", wanted: [APP] });
  const { reads: _, ...meta } = sampleMeta("kubernetes");
  await agent.put(META_KEY, meta);
  await agent.put(nodeKey("n1"), { v: 1, ...sampleNode("n1") });
  await agent.advance(5_000);
  const old = await writesIn(agent, 10 * MINUTE);
  assert(old.reports >= 9 && old.reports <= 11, `${old.reports}`);
  await agent.put(META_KEY, sampleMeta("kubernetes"));
  assertEquals((await writesIn(agent, 10 * MINUTE)).reports, 0);
  await agent.put(META_KEY, meta); // rolled back
  assert((await writesIn(agent, 10 * MINUTE)).reports >= 9);
});

Deno.test("the last report is written on the way out only if it says something new", async () => {
  using time = new FakeTime();
  await using agent = await startAgent(time, { wanted: [APP] });
  await agent.advance(MINUTE);
  const { length } = agent.reportedAt;
  await agent.stop();
  assertEquals(agent.reportedAt.length, length);
});
