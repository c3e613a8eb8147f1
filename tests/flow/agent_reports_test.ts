import { assert, assertEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { decodePart } from "../../mod/pure/bucket/agent_wire.ts";
import { reportKey } from "../../mod/pure/bucket/state_keys.ts";
import { VERSION } from "../../mod/pure/version.ts";
import { forbidding, memoryStore, storeWith } from "../harness/fakes/memory_store.ts";
import { startAgent } from "../harness/fakes/test_agent.ts";
import { scriptedRuntime } from "../harness/fakes/scripted_runtime.ts";
import { aborted } from "../harness/fakes/scripted_source.ts";

const APP = "reg.lab/app:1";
const DB = "reg.lab/db:1";
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const manyImages = (count: number) => Array.from({ length: count }, (_, i) => `reg.lab/app${i}:1`);

Deno.test("a report says what is really on the node", async () => {
  using time = new FakeTime("2026-01-01T00:00:00Z");
  const runtime = scriptedRuntime({ bytes: 42 });
  using _hold = runtime.hold(DB);
  await using agent = await startAgent(time, { runtime, wanted: [APP, DB] });
  await agent.advance(2_000);
  const since = "2026-01-01T00:00:00.000Z";
  assertEquals(agent.report(), {
    v: 1,
    node: "n1",
    nodeUid: "uid-n1",
    agent: VERSION,
    runtime: { client: "1.7.24", server: "1.7.24" },
    at: agent.report()?.at ?? "",
    images: {
      [APP]: { state: "warm", since, bytes: 42, pullSeconds: 0 },
      [DB]: { state: "pulling", since },
    },
  });
});

Deno.test("changes are gathered for two seconds, however much happens", async () => {
  using time = new FakeTime();
  await using agent = await startAgent(time);
  await agent.advance(5_000);
  const before = agent.reportedAt.length;
  for (let i = 0; i < 120; i++) {
    await agent.want(`reg.lab/app${i}:1`);
    await agent.advance(50);
  }
  const count = agent.reportedAt.length - before;
  assert(count >= 2 && count <= 4, `${count}`);
  for (const [i, at] of agent.reportedAt.entries()) {
    assert(i === 0 || at - (agent.reportedAt[i - 1] ?? 0) >= 2_000);
  }
});

Deno.test("the longer a report is, the longer changes are gathered", async () => {
  using time = new FakeTime();
  await using agent = await startAgent(time, { wanted: manyImages(1_000) });
  await agent.advance(MINUTE);
  const before = agent.reportedAt.length;
  for (let i = 0; i < 60; i++) {
    await agent.want(`reg.lab/new${i}:1`);
    await agent.advance(1_000);
  }
  const bytes = JSON.stringify(agent.report()).length;
  const count = agent.reportedAt.length - before;
  assert(count * bytes / 60 < 20_000, `${count} reports of ${bytes} bytes`);
  assert(count >= 2, `${count}`);
});

Deno.test("a report that says nothing new is not written, but once in six hours", async () => {
  using time = new FakeTime();
  await using agent = await startAgent(time, { wanted: [APP] });
  await agent.advance(5_000);
  const before = agent.reportedAt.length;
  await agent.advance(5 * HOUR);
  assertEquals(agent.reportedAt.length, before);
  await agent.advance(2 * HOUR);
  assertEquals(agent.reportedAt.length, before + 1);
});

Deno.test("the first report comes as soon as the bucket was read and the images checked", async () => {
  using time = new FakeTime();
  await using agent = await startAgent(time, { wanted: [APP] });
  assertEquals(agent.reportedAt.length, 1);
  assertEquals(Object.keys(agent.report()?.images ?? {}), [APP]);
});

Deno.test("an agent that has not read the bucket leaves the report of its forerunner alone", async () => {
  using time = new FakeTime();
  await using agent = await startAgent(time, {
    wanted: [APP],
    deps: (deps) => ({
      ...deps,
      store: storeWith(deps.store, {
        async *follow(filters, options) {
          await aborted(options.signal);
          yield* deps.store.follow(filters, options);
        },
      }),
    }),
  });
  await agent.advance(3 * MINUTE);
  await agent.stop();
  assertEquals(agent.reportedAt, []);
});

Deno.test("a report and a beat that the store refuses are tried again and logged once", async () => {
  using time = new FakeTime();
  await using agent = await startAgent(time, { wanted: [APP] });
  await agent.advance(2_000);
  agent.connection.cut();
  agent.runtime.delete(APP);
  await agent.advance(5 * MINUTE);
  agent.connection.restore();
  await agent.advance(16_000);
  const logged = agent.logger.lines.filter(({ message }) => /report|beat/.test(message));
  assertEquals(logged.map(({ message }) => message), [
    "Could not write the report, trying again",
    "Could not write the beat, trying again",
    "Wrote the report again",
    "Wrote the beat again",
  ]);
});

Deno.test("a report that is too large is not tried again before a minute has passed", async () => {
  using time = new FakeTime();
  let puts = 0;
  await using agent = await startAgent(time, {
    deps: (deps) => ({
      ...deps,
      store: storeWith(deps.store, {
        put: (key, value, options) => {
          if (key === reportKey("n1")) puts++;
          return deps.store.put(key, value, options);
        },
      }),
    }),
  });
  agent.bucket.maxBytes = 100;
  await agent.want(APP);
  await agent.advance(5_000);
  puts = 0;
  await agent.advance(3 * MINUTE);
  assert(puts >= 2 && puts <= 3, `${puts}`);
  agent.bucket.maxBytes = 10_000;
  await agent.advance(MINUTE + 2_000);
  assert(Date.now() - (agent.reportedAt.at(-1) ?? 0) <= MINUTE + 2_000);
});

Deno.test("a report that the store does not take at once is written in parts that it takes", async () => {
  using time = new FakeTime();
  const bucket = memoryStore({ maxBytes: 20_000 });
  await using agent = await startAgent(time, { bucket, wanted: manyImages(500) });
  await agent.advance(MINUTE);
  const head = agent.report();
  const keys = [...bucket.values].filter(([key, value]) =>
    key.startsWith("part.") && value.includes(`"at":"${head?.at}"`)
  ).map(([key]) => key);
  assert((head?.parts ?? 0) >= 3, `${head?.parts}`);
  assertEquals(keys.length + 1, head?.parts);
  const images = keys.flatMap((key) => {
    const decoded = decodePart(bucket.values.get(key) ?? "");
    assert("value" in decoded);
    assertEquals([key.endsWith(".n1"), decoded.value.at], [true, head?.at]);
    return Object.keys(decoded.value.images);
  });
  const all = new Set([...Object.keys(head?.images ?? {}), ...images]);
  assertEquals(all.size, 500);
});

Deno.test("a user that may write no parts leaves out images, counts them and says once why", async () => {
  using time = new FakeTime();
  await using agent = await startAgent(time, {
    bucket: memoryStore({ maxBytes: 20_000 }),
    wanted: manyImages(500),
    deps: (deps) => ({ ...deps, store: forbidding(deps.store, "part.") }),
  });
  await agent.advance(10 * MINUTE);
  const { images = {}, omitted = 0, parts } = agent.report() ?? {};
  assertEquals([Object.keys(images).length + omitted, parts], [500, undefined]);
  assert(omitted > 0);
  const said = agent.logger.lines.filter(({ level }) => level === "warn");
  assertEquals(said.map(({ message }) => message.split(",")[0]), ["May not write part.*.n1"]);
});
