import { assert, assertEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { VERSION } from "../../mod/pure/version.ts";
import { storeWith } from "../harness/fakes/memory_store.ts";
import { startAgent } from "../harness/fakes/test_agent.ts";
import { scriptedRuntime } from "../harness/fakes/scripted_runtime.ts";
import { aborted } from "../harness/fakes/scripted_source.ts";

const APP = "reg.lab/app:1";
const DB = "reg.lab/db:1";
const MINUTE = 60_000;

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
    agent: VERSION,
    runtime: { client: "1.7.24", server: "1.7.24" },
    disk: { usedPercent: 10, freeBytes: 1e9 },
    at: agent.report()?.at ?? "",
    images: {
      [APP]: { state: "warm", since, bytes: 42, pullSeconds: 0 },
      [DB]: { state: "pulling", since },
    },
  });
});

Deno.test("a report is written at most once a second, however much happens", async () => {
  using time = new FakeTime();
  await using agent = await startAgent(time);
  await agent.advance(5_000);
  const before = agent.reportedAt.length;
  for (let i = 0; i < 60; i++) {
    await agent.want(`reg.lab/app${i}:1`);
    await agent.advance(50);
  }
  const count = agent.reportedAt.length - before;
  assert(count >= 2 && count <= 4, `${count}`);
  for (const [i, at] of agent.reportedAt.entries()) {
    assert(i === 0 || at - (agent.reportedAt[i - 1] ?? 0) >= 1_000);
  }
});

Deno.test("a report is written at least once a minute, though nothing happens", async () => {
  using time = new FakeTime();
  await using agent = await startAgent(time, { wanted: [APP] });
  await agent.advance(5_000);
  const before = agent.reportedAt.length;
  for (let i = 0; i < 10; i++) await agent.advance(MINUTE);
  assert(agent.reportedAt.length - before >= 10, `${agent.reportedAt.length - before}`);
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

Deno.test("a report the store refuses is tried again and logged once", async () => {
  using time = new FakeTime();
  await using agent = await startAgent(time, { wanted: [APP] });
  await agent.advance(2_000);
  agent.connection.cut();
  await agent.advance(5 * MINUTE);
  agent.connection.restore();
  await agent.advance(3_000);
  const logged = agent.logger.lines.filter(({ message }) => message.includes("eport"));
  assertEquals(logged.map(({ message }) => message), [
    "Could not write the report, trying again",
    "Wrote the report again",
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
          puts++;
          return deps.store.put(key, value, options);
        },
      }),
    }),
  });
  agent.bucket.maxBytes = 100;
  await agent.advance(2 * MINUTE);
  assert(puts <= 3, `${puts}`);
  agent.bucket.maxBytes = 10_000;
  await agent.advance(MINUTE);
  assert(Date.now() - (agent.reportedAt.at(-1) ?? 0) <= MINUTE);
});
