import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { META_KEY, nodeKey, reportKey, wantedKey } from "../../mod/pure/bucket/state_keys.ts";
import { startAgent, type TestAgent } from "../harness/fakes/test_agent.ts";
import { sampleMeta, sampleNode, sampleWanted } from "../harness/fakes/sample_values.ts";
import { scriptedRuntime } from "../harness/fakes/scripted_runtime.ts";

const APP = "reg.lab/app:1";
const DB = "reg.lab/db:1";

const unreadable = (agent: TestAgent) =>
  agent.logger.lines.filter(({ message }) => message.includes("unreadable"));

Deno.test("a bucket that no controller has written yet is waited for", async () => {
  using time = new FakeTime();
  await using agent = await startAgent(time, { source: "none", wanted: [APP] });
  await agent.advance(5_000);
  assertEquals(agent.runtime.pulls, []);
  const { holds, reason = "" } = agent.conditions.state.get("node") ?? {};
  assertEquals(holds, false);
  assertStringIncludes(reason, "Waits for a controller");
  assertEquals(agent.conditions.state.get("synced"), { holds: true });
});

Deno.test("with source kubernetes the agent waits for the facts of its node and says so", async () => {
  using time = new FakeTime();
  await using agent = await startAgent(time, { source: "none", wanted: [APP] });
  await agent.put(META_KEY, sampleMeta("kubernetes"));
  await agent.put(nodeKey("n2"), { v: 1, ...sampleNode("n2") });
  await agent.advance(60_000);
  assertEquals(agent.runtime.pulls, []);
  const { holds, reason = "" } = agent.conditions.state.get("node") ?? {};
  assertEquals(holds, false);
  assertStringIncludes(reason, 'the facts of node "n1"');
  assertStringIncludes(reason, "NODE_NAME");
  await agent.put(nodeKey("n1"), { v: 1, ...sampleNode("n1") });
  assertEquals(agent.conditions.state.get("node"), { holds: true });
  assertEquals(agent.runtime.pulls, [APP]);
});

Deno.test("with source manifests the agent goes by what it knows of its node", async () => {
  using time = new FakeTime();
  const elsewhere = { nodeSelector: { "kubernetes.io/hostname": "n2" } };
  await using agent = await startAgent(time, {
    source: "manifests",
    wanted: [APP, sampleWanted(DB, { placements: [elsewhere] })],
  });
  await agent.advance(1_000);
  assertEquals(agent.conditions.state.get("node"), { holds: true });
  assertEquals(agent.runtime.pulls, [APP]);
});

Deno.test("with source manifests facts of the node win over what the agent knows", async () => {
  using time = new FakeTime();
  await using agent = await startAgent(time, { source: "manifests" });
  await agent.put(nodeKey("n1"), { v: 1, ...sampleNode("n1", { skip: true }) });
  await agent.want(APP);
  assertEquals(agent.runtime.pulls, []);
});

Deno.test("an unreadable value is named, counted and skipped, and the others count", async () => {
  using time = new FakeTime();
  await using agent = await startAgent(time);
  await agent.put(wantedKey(APP), "{");
  await agent.want(DB);
  assertEquals(agent.runtime.pulls, [DB]);
  assertEquals(unreadable(agent).map(({ fields }) => fields), [
    { key: wantedKey(APP), fault: "not JSON" },
  ]);
  assertEquals(agent.metrics.total("warm_images_store_unreadable_total"), 1);
  await agent.want(APP);
  assertEquals(agent.runtime.pulls, [DB, APP]);
});

Deno.test("a value that turns unreadable leaves standing what was known", async () => {
  using time = new FakeTime();
  await using agent = await startAgent(time, { wanted: [APP] });
  for (const key of [wantedKey(APP), META_KEY, nodeKey("n1")]) await agent.put(key, "{");
  agent.runtime.delete(APP);
  await agent.advance(1_000);
  assertEquals(agent.runtime.pulls, [APP, APP]);
  assertEquals(agent.metrics.total("warm_images_store_unreadable_total"), 3);
});

Deno.test("an unreadable value in a new bucket leaves standing what the old one said", async () => {
  using time = new FakeTime();
  await using agent = await startAgent(time, { wanted: [APP] });
  agent.connection.cut();
  agent.bucket.wipe();
  await agent.put(META_KEY, sampleMeta("manifests"));
  await agent.put(wantedKey(APP), "{");
  agent.connection.restore();
  await agent.advance(1_000);
  agent.runtime.delete(APP);
  await agent.advance(1_000);
  assertEquals(agent.runtime.pulls, [APP, APP]);
});

Deno.test("a value under the key of another image is skipped", async () => {
  using time = new FakeTime();
  await using agent = await startAgent(time);
  await agent.put(wantedKey(DB), sampleWanted(APP));
  assertEquals(agent.runtime.pulls, []);
  assertStringIncludes(String(unreadable(agent)[0]?.fields.fault), APP);
});

Deno.test("a key of a later version is none of the agent's business", async () => {
  using time = new FakeTime();
  await using agent = await startAgent(time);
  await agent.put("wanted.x=zz", "?");
  await agent.want(APP);
  assertEquals(agent.runtime.pulls, [APP]);
  assertEquals(unreadable(agent), []);
});

Deno.test("a cut connection stops nothing, and what changed meanwhile is learned after it", async () => {
  using time = new FakeTime();
  const runtime = scriptedRuntime();
  using hold = runtime.hold(APP);
  await using agent = await startAgent(time, { runtime, wanted: [APP] });
  await agent.advance(2_000);
  agent.connection.cut();
  hold.release();
  await agent.want(DB);
  await agent.advance(60_000);
  assertEquals(runtime.pulls, [APP]);
  assert(runtime.present.has(APP));
  const lines = agent.logger.lines.filter(({ level }) => level === "warn");
  assertEquals(lines.map(({ message }) => message), [
    "Could not write the report, trying again",
    "Could not write the beat, trying again",
  ]);
  agent.connection.restore();
  await agent.advance(15_000);
  assertEquals(runtime.pulls, [APP, DB]);
  assertEquals(agent.report()?.images[APP]?.state, "warm");
});

Deno.test("a bucket that is lost gets the report again, and nothing is pulled again", async () => {
  using time = new FakeTime();
  await using agent = await startAgent(time, { wanted: [APP, DB] });
  await agent.advance(10_000);
  agent.bucket.wipe();
  await agent.advance(5_000);
  assertEquals(agent.report()?.images[APP]?.state, "warm");
  assertStringIncludes(agent.conditions.state.get("node")?.reason ?? "", "Waits for a controller");
  await agent.put(META_KEY, sampleMeta("kubernetes"));
  await agent.put(nodeKey("n1"), { v: 1, ...sampleNode("n1") });
  await agent.want(APP, DB);
  await agent.advance(5_000);
  assertEquals(agent.runtime.pulls, [APP, DB]);
  assertEquals(agent.report()?.images[DB]?.state, "warm");
});

Deno.test("a node that comes back gets its report again, which may have gone with it", async () => {
  using time = new FakeTime();
  await using agent = await startAgent(time, { wanted: [APP] });
  await agent.advance(10_000);
  const { signal } = new AbortController();
  for (const key of [nodeKey("n1"), reportKey("n1")]) await agent.bucket.delete(key, { signal });
  await agent.advance(5 * 60_000);
  assertEquals(agent.report(), undefined);
  await agent.put(nodeKey("n1"), { v: 1, ...sampleNode("n1") });
  await agent.advance(5_000);
  assertEquals(agent.report()?.images[APP]?.state, "warm");
});

Deno.test("what was known stays valid until a new bucket was written", async () => {
  using time = new FakeTime();
  await using agent = await startAgent(time, { wanted: [APP] });
  agent.bucket.wipe();
  await agent.advance(5_000);
  agent.runtime.delete(APP);
  await agent.advance(1_000);
  assertEquals(agent.runtime.pulls, [APP, APP]);
});

Deno.test("what a new bucket does not name any more is forgotten", async () => {
  using time = new FakeTime();
  await using agent = await startAgent(time, { wanted: [APP] });
  agent.bucket.wipe();
  await agent.put(META_KEY, sampleMeta("manifests"));
  await agent.advance(2_000);
  agent.runtime.delete(APP);
  await agent.advance(60_000);
  assertEquals(agent.runtime.pulls, [APP]);
});
