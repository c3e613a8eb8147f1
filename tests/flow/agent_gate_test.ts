import { assert, assertEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { META_KEY, nodeKey, reportKey } from "../../mod/pure/bucket/state_keys.ts";
import type { NodeGateValue } from "../../mod/pure/bucket/wire.ts";
import { sampleMeta, sampleNode, sampleWanted } from "../harness/fakes/sample_values.ts";
import { type ScriptedRuntime, scriptedRuntime } from "../harness/fakes/scripted_runtime.ts";
import { startAgent, type TestAgent } from "../harness/fakes/test_agent.ts";

const MINUTE = 60_000;
const UNTIL = "2026-01-01T00:05:00.000Z";

const image = (name: string) => `reg.lab/${name}:1`;
const DUE = ["c", "a", "b"].map(image);
/** More urgent by all else than what is due. */
const OTHERS = ["u", "v", "w", "x", "y", "z"].map((name) =>
  sampleWanted(image(name), { priority: 9, neededBy: "2026-01-01T00:00:00.000Z" })
);

/** An agent of a new node, which learns of it and its gate after all else. */
async function startGated(
  time: FakeTime,
  options: {
    readonly runtime?: ScriptedRuntime;
    readonly gate?: Partial<NodeGateValue>;
    readonly parallel?: number;
  } = {},
): Promise<TestAgent> {
  const { runtime = scriptedRuntime(), parallel = 1 } = options;
  const agent = await startAgent(time, {
    runtime,
    pullParallel: parallel,
    pullsPerRegistry: parallel,
    source: "none",
  });
  await agent.put(META_KEY, sampleMeta("kubernetes"));
  await agent.want(...DUE, ...OTHERS);
  await tell(agent, { due: DUE, ...options.gate });
  return agent;
}

async function tell(
  agent: TestAgent,
  gate: Partial<NodeGateValue> | undefined,
  uid = "uid-1",
): Promise<void> {
  const about = { v: 1, ...sampleNode("n1", { uid }) };
  const shut = gate && { due: DUE, until: UNTIL, ...gate };
  await agent.put(nodeKey("n1"), { ...about, ...(shut && { gate: shut }) });
}

const warmOf = (agent: TestAgent) =>
  Object.entries(agent.report()?.images ?? {}).filter(([, { state }]) => state === "warm")
    .map(([reference]) => reference).sort();

const said = (agent: TestAgent, word: string) =>
  agent.logger.lines.filter(({ message }) => message.includes(word));

Deno.test("a gated node pulls what is due first, in its order, and others afterwards", async () => {
  using time = new FakeTime();
  await using agent = await startGated(time);
  await agent.advance(MINUTE);
  assertEquals(agent.runtime.pulls.slice(0, 3), DUE);
  assertEquals(new Set(agent.runtime.pulls).size, 9);
});

Deno.test("nothing else takes bandwidth from what is due, and all that is due runs side by side", async () => {
  using time = new FakeTime();
  const runtime = scriptedRuntime();
  const holds = DUE.map((each) => runtime.hold(each));
  await using agent = await startGated(time, { runtime, parallel: 4 });
  await agent.advance(5_000);
  assertEquals(runtime.pulls.toSorted(), DUE.toSorted());
  for (const hold of holds) hold.release();
  await agent.advance(5_000);
  assertEquals(runtime.present.size, 9);
});

Deno.test("a due image whose registry does not answer holds up nothing", async () => {
  using time = new FakeTime();
  const runtime = scriptedRuntime();
  runtime.fail(image("c"), "network", "connection refused");
  await using agent = await startGated(time, { runtime });
  await agent.advance(5_000);
  assertEquals(runtime.pulls.slice(0, 3), DUE);
  assertEquals(runtime.present.size, 8);
});

Deno.test("the report is written in the moment in which the last due image has come", async () => {
  using time = new FakeTime();
  const runtime = scriptedRuntime();
  const last = runtime.hold(image("b"));
  await using agent = await startGated(time, { runtime, parallel: 3 });
  await agent.advance(60_300); // gathered changes are written at other times
  assertEquals(warmOf(agent), [image("a"), image("c")]);
  // a change just before: the next report would be due in two seconds
  await agent.want(image("late"));
  await agent.advance(1);
  const before = agent.reportedAt.length;
  last.release();
  await agent.advance(0);
  assertEquals(warmOf(agent).length >= 3 && warmOf(agent).includes(image("b")), true);
  assertEquals(agent.reportedAt.length, before + 1);
  assertEquals(agent.report()?.nodeUid, "uid-1");
});

Deno.test("what comes after the turn is gathered as ever", async () => {
  using time = new FakeTime();
  await using agent = await startGated(time);
  await agent.advance(5_000);
  const before = agent.reportedAt.length;
  for (let i = 0; i < 100; i++) {
    await agent.want(image(`later${i}`));
    await agent.advance(50);
  }
  assert(agent.reportedAt.length - before <= 4, `${agent.reportedAt.length - before}`);
});

Deno.test("an image that is not found is not waited for", async () => {
  using time = new FakeTime();
  const runtime = scriptedRuntime();
  runtime.fail(image("c"), "not_found", "no such tag");
  const last = runtime.hold(image("b"));
  await using agent = await startGated(time, { runtime, parallel: 3 });
  await agent.advance(10_000);
  const before = agent.reportedAt.length;
  last.release();
  await agent.advance(0);
  assertEquals(agent.reportedAt.length, before + 1);
  assertEquals(agent.report()?.images[image("c")]?.state, "failed");
  const [line] = said(agent, "was kept from pods for");
  assertEquals(line?.fields?.["hopeless"], 1);
});

Deno.test("where a share is enough, the report is written when that has come", async () => {
  using time = new FakeTime();
  const runtime = scriptedRuntime();
  using _hold = runtime.hold(image("b"));
  const second = runtime.hold(image("a"));
  await using agent = await startGated(time, { runtime, parallel: 3, gate: { share: 0.6 } });
  await agent.advance(10_000);
  const before = agent.reportedAt.length;
  second.release();
  await agent.advance(0);
  assertEquals(agent.reportedAt.length, before + 1);
});

Deno.test("a node that has all that is due says so at once when it learns of its gate", async () => {
  using time = new FakeTime();
  const runtime = scriptedRuntime({ present: [...DUE, ...OTHERS.map((each) => each.reference)] });
  await using agent = await startGated(time, { runtime });
  await agent.advance(0);
  assertEquals(warmOf(agent).length, 9);
  assertEquals(agent.report()?.nodeUid, "uid-1");
  assertEquals(said(agent, "takes no pods").length, 0);
});

Deno.test("an image that becomes due after it has come is reported at once", async () => {
  using time = new FakeTime();
  const runtime = scriptedRuntime();
  const late = runtime.hold(image("late"));
  await using agent = await startGated(time, { runtime, parallel: 3 });
  await agent.want(image("late"));
  await agent.advance(MINUTE);
  await agent.want(image("other"));
  await agent.advance(1); // its report begins a time of gathering
  late.release();
  await agent.advance(0);
  assertEquals(warmOf(agent).includes(image("late")), false);
  await tell(agent, { due: [...DUE, image("late")] });
  await agent.advance(0);
  assertEquals(warmOf(agent).includes(image("late")), true);
});

Deno.test("a node that was made anew is reported at once under its new uid", async () => {
  using time = new FakeTime();
  await using agent = await startGated(time);
  await agent.advance(MINUTE);
  await agent.want(image("late"));
  await agent.advance(1);
  await tell(agent, {}, "uid-2");
  await agent.advance(0);
  assertEquals(agent.report()?.nodeUid, "uid-2");
  assertEquals(said(agent, "was kept from pods for").length, 2);
});

Deno.test("a report is not of a Node by whose facts it was not made yet", async () => {
  using time = new FakeTime();
  const runtime = scriptedRuntime();
  await using agent = await startGated(time, { runtime });
  await agent.advance(MINUTE);
  const late = sampleWanted(image("late"), { placements: [{ nodeSelector: { pool: "b" } }] });
  await agent.want(late);
  using _hold = runtime.hold(image("late"));
  await agent.put(nodeKey("n1"), {
    v: 1,
    ...sampleNode("n1", { uid: "uid-2", labels: { pool: "b" } }),
    gate: { due: [...DUE, image("late")], until: UNTIL },
  });
  await agent.advance(MINUTE);
  const { nodeUid, images = {} } = agent.report() ?? {};
  assertEquals([nodeUid, images[image("late")]?.state], ["uid-2", "pulling"]);
});

Deno.test("without a gate nothing is said of one, and the report names its Node", async () => {
  using time = new FakeTime();
  await using agent = await startGated(time);
  await agent.advance(5_000);
  await tell(agent, undefined);
  const before = agent.reportedAt.length;
  await agent.advance(MINUTE);
  assertEquals(agent.reportedAt.length, before);
  assertEquals(agent.report()?.nodeUid, "uid-1");
  assertEquals(said(agent, "takes no pods").length, 1);
  assertEquals(said(agent, "was kept from pods for").length, 1);
});

Deno.test("an agent without a Node object names none", async () => {
  using time = new FakeTime();
  await using agent = await startAgent(time, { source: "manifests", wanted: [image("a")] });
  await agent.advance(5_000);
  assertEquals(agent.report()?.images[image("a")]?.state, "warm");
  assertEquals(agent.report()?.nodeUid, undefined);
});

Deno.test("the log says once that the node takes no pods, and once that its images are here", async () => {
  using time = new FakeTime();
  const runtime = scriptedRuntime();
  const last = runtime.hold(image("b"));
  await using agent = await startGated(time, { runtime, parallel: 3 });
  await agent.advance(5 * MINUTE);
  const [shut, ...more] = said(agent, "takes no pods");
  assertEquals([shut?.level, shut?.fields, more], [
    "info",
    { due: 3, missing: 3, until: UNTIL },
    [],
  ]);
  assertEquals(said(agent, "was kept from pods for"), []);
  last.release();
  await agent.advance(5 * MINUTE);
  assertEquals(said(agent, "was kept from pods for").map(({ fields }) => fields), [{ due: 3 }]);
  assertEquals(said(agent, "takes no pods").length, 1);
});

Deno.test("a bucket that was lost is told again at once, and the log only once", async () => {
  using time = new FakeTime();
  await using agent = await startGated(time);
  await agent.advance(MINUTE);
  await agent.want(image("late"));
  await agent.advance(1); // a report was written, and changes are gathered
  agent.bucket.wipe();
  await agent.advance(0);
  assertEquals(warmOf(agent).length, 10);
  assertEquals(said(agent, "was kept from pods for").length, 1);
});

Deno.test("a turn while NATS is away is written once it is back", async () => {
  using time = new FakeTime();
  const runtime = scriptedRuntime();
  const last = runtime.hold(image("b"));
  await using agent = await startGated(time, { runtime, parallel: 3 });
  await agent.advance(5_000);
  agent.connection.cut();
  last.release();
  await agent.advance(3_000);
  assertEquals(warmOf(agent).includes(image("b")), false);
  agent.connection.restore();
  await agent.advance(5_000);
  assertEquals(warmOf(agent).includes(image("b")), true);
  assertEquals(agent.bucket.values.has(reportKey("n1")), true);
});
