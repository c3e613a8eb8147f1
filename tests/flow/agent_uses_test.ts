import { assertEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { scriptedRuntime } from "../harness/fakes/scripted_runtime.ts";
import { startAgent, type TestAgent } from "../harness/fakes/test_agent.ts";

const APP = "reg.lab/app:1";
const OTHER = "reg.lab/other:1";
const DIGEST = `sha256:${"1".repeat(64)}`;
const MINUTE = 60_000;

Deno.test("a container that finds its image warm is counted, and the report says when", async () => {
  using time = new FakeTime();
  const runtime = scriptedRuntime({ tellsUses: true, bytes: 70 });
  await using agent = await startAgent(time, { runtime, wanted: [APP, OTHER] });
  await agent.advance(70_000);
  assertEquals(agent.report()?.images[APP]?.usedAt, undefined);
  runtime.use(APP);
  const usedAt = new Date().toISOString();
  await agent.advance(3_000);
  assertEquals(agent.report()?.images[APP]?.usedAt, usedAt, "it is told at once");
  await agent.advance(2 * MINUTE);
  assertEquals(counters(agent), { firstUses: 1, misses: 0, late: 0 });
  const { since: _, ...uses } = agent.beat()?.uses ?? {};
  assertEquals<unknown>(uses, { firstUses: 1, misses: 0, late: 0, unusedBytes: 70 });
  assertEquals(agent.metrics.value("warm_images_unused_bytes"), 70);
});

Deno.test("what was saved is what our own pull took", async () => {
  using time = new FakeTime();
  const runtime = scriptedRuntime({ tellsUses: true });
  const hold = runtime.hold(APP);
  await using agent = await startAgent(time, { runtime, wanted: [APP] });
  await agent.advance(8_000);
  hold.release();
  await agent.advance(1_000);
  runtime.use(APP);
  await agent.advance(2 * MINUTE);
  assertEquals(agent.metrics.total("warm_images_node_saved_seconds_total"), 8);
  assertEquals(agent.beat()?.uses?.savedSeconds, 8);
});

Deno.test("an image that kubelet pulls while ours runs is late, and no container counts it again", async () => {
  using time = new FakeTime();
  const runtime = scriptedRuntime({ tellsUses: true });
  const hold = runtime.hold(APP);
  await using agent = await startAgent(time, { runtime, wanted: [APP] });
  await runtime.begun(APP);
  runtime.pullAsKubelet(APP, DIGEST);
  runtime.use(APP);
  hold.release();
  await agent.advance(MINUTE);
  runtime.use(APP);
  await agent.advance(MINUTE);
  assertEquals(counters(agent), { firstUses: 0, misses: 1, late: 1 });
  const said = agent.logger.lines.filter(({ message }) => /needed before/.test(message));
  assertEquals(said.map(({ fields }) => fields), [{ reference: APP, late: true }]);
});

Deno.test("an image that is deleted before anybody needed it is counted by its bytes", async () => {
  using time = new FakeTime();
  const runtime = scriptedRuntime({ tellsUses: true, bytes: 70 });
  await using agent = await startAgent(time, { runtime, wanted: [APP] });
  await agent.advance(MINUTE);
  await agent.unwant(APP);
  runtime.delete(APP);
  await agent.advance(MINUTE);
  assertEquals(agent.metrics.total("warm_images_never_used_bytes_total"), 70);
  assertEquals(agent.metrics.value("warm_images_unused_bytes"), 0);
});

Deno.test("an image that a pod makes known while kubelet pulls it is a miss", async () => {
  using time = new FakeTime();
  const runtime = scriptedRuntime({ tellsUses: true });
  await using agent = await startAgent(time, { runtime });
  runtime.pullAsKubelet(APP, DIGEST);
  runtime.use(APP);
  await agent.advance(1_000);
  await agent.want(APP);
  await agent.advance(MINUTE);
  assertEquals(counters(agent), { firstUses: 0, misses: 1, late: 0 });
});

Deno.test("containers that come and go cause no report, and no look at the node", async () => {
  using time = new FakeTime();
  const runtime = scriptedRuntime({ tellsUses: true, present: [APP], inUse: [APP] });
  await using agent = await startAgent(time, { runtime, wanted: [APP] });
  await agent.advance(MINUTE);
  const [reports, checks] = [agent.reportedAt.length, runtime.checks.length];
  for (let n = 0; n < 100; n++) runtime.use(APP);
  await agent.advance(MINUTE);
  assertEquals([agent.reportedAt.length, runtime.checks.length], [reports, checks]);
  assertEquals(counters(agent), { firstUses: 0, misses: 0, late: 0 });
});

Deno.test("a runtime that tells nothing of containers leaves the beat without uses", async () => {
  using time = new FakeTime();
  const runtime = scriptedRuntime();
  await using agent = await startAgent(time, { runtime, wanted: [APP] });
  await agent.advance(2 * MINUTE);
  assertEquals(agent.beat()?.uses, undefined);
  assertEquals(agent.report()?.images[APP]?.usedAt, undefined);
});

function counters({ metrics }: TestAgent) {
  return {
    firstUses: metrics.total("warm_images_first_uses_total"),
    misses: metrics.total("warm_images_misses_total"),
    late: metrics.total("warm_images_late_total"),
  };
}
