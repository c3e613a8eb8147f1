import { assertEquals, assertRejects } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import type { DiskReading } from "../../mod/ports/disk_usage.ts";
import { scriptedDisk } from "../harness/fakes/scripted_disk.ts";
import { startAgent } from "../harness/fakes/test_agent.ts";
import { runtimeWith, scriptedRuntime } from "../harness/fakes/scripted_runtime.ts";
import { runPending } from "../harness/fakes/fake_time.ts";

const APP = "reg.lab/app:1";
const DB = "reg.lab/db:1";

Deno.test("an idle agent ends at once", async () => {
  using time = new FakeTime();
  await using agent = await startAgent(time, { wanted: [APP] });
  await agent.advance(20_000);
  const startedAt = Date.now();
  await agent.stop();
  assertEquals(Date.now(), startedAt);
});

Deno.test("a running pull may end within the grace, and the last report tells of it", async () => {
  using time = new FakeTime();
  const runtime = scriptedRuntime();
  using hold = runtime.hold(APP);
  await using agent = await startAgent(time, { runtime, pullParallel: 1, wanted: [APP, DB] });
  const stopped = agent.stop();
  await runPending(time);
  hold.release();
  await stopped;
  assertEquals(agent.report()?.images[APP]?.state, "warm");
  assertEquals(agent.report()?.images[DB]?.state, "waiting");
  assertEquals(runtime.pulls, [APP]);
});

Deno.test("a pull that does not end within the grace is cancelled", async () => {
  using time = new FakeTime();
  const runtime = scriptedRuntime();
  using _hold = runtime.hold(APP);
  await using agent = await startAgent(time, { runtime, graceMs: 3_000, wanted: [APP] });
  await agent.advance(2_000);
  const startedAt = Date.now();
  await agent.stop();
  assertEquals(Date.now() - startedAt, 3_000);
  assertEquals(agent.report()?.images[APP]?.state, "waiting");
  assertEquals(agent.metrics.total("warm_images_pulls_total", { result: "cancelled" }), 1);
});

Deno.test("no pull starts after the signal to stop, not even one that was just chosen", async () => {
  using time = new FakeTime();
  const disk = Promise.withResolvers<DiskReading>();
  await using agent = await startAgent(time, {
    wanted: [APP],
    deps: (deps) => ({ ...deps, disk: { read: () => disk.promise } }),
  });
  const stopped = agent.stop();
  disk.resolve(await scriptedDisk().read());
  await stopped;
  assertEquals(agent.runtime.pulls, []);
});

Deno.test("an agent ends although the bucket is out of reach", async () => {
  using time = new FakeTime();
  await using agent = await startAgent(time, { wanted: [APP] });
  agent.connection.cut();
  await agent.stop();
});

Deno.test("an agent ends while it waits for the runtime", async () => {
  using time = new FakeTime();
  const runtime = scriptedRuntime();
  runtime.unavailable("gone");
  await using agent = await startAgent(time, { runtime, wanted: [APP] });
  await agent.advance(5_000);
  const startedAt = Date.now();
  await agent.stop();
  assertEquals(Date.now(), startedAt);
});

Deno.test("a fault of our own ends running pulls and everything else, and is thrown", async () => {
  using time = new FakeTime();
  const runtime = scriptedRuntime();
  using _hold = runtime.hold(APP);
  let faulty = false;
  const agent = await startAgent(time, {
    wanted: [APP],
    runtime,
    deps: (deps) => ({
      ...deps,
      runtime: runtimeWith(runtime, {
        check: (references, options) =>
          faulty
            ? Promise.reject(new TypeError("x is undefined"))
            : runtime.check(references, options),
      }),
    }),
  });
  faulty = true;
  await agent.want(DB);
  await agent.advance(15_000);
  assertEquals([...runtime.pulling], []);
  await assertRejects(() => agent.stop(), TypeError, "x is undefined");
});
