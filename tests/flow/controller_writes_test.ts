import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { META_KEY, wantedKey, whyKey } from "../../mod/pure/bucket/state_keys.ts";
import { decodeMeta } from "../../mod/pure/bucket/wire.ts";
import { startController, type TestController } from "../harness/fakes/test_controller.ts";
import { memoryStore, storeWith } from "../harness/fakes/memory_store.ts";
import { sampleWanted, sampleWorkload } from "../harness/fakes/sample_values.ts";
import { scriptedLeadership } from "../harness/fakes/scripted_leadership.ts";
import { scriptedSource } from "../harness/fakes/scripted_source.ts";

const APP = "reg.lab/app:1";
const DB = "reg.lab/db:1";
const MINUTE = 60_000;

const linesOf = (controller: TestController, text: string) =>
  controller.logger.lines.filter(({ message }) => message.includes(text));

const manyImages = (count: number) => Array.from({ length: count }, (_, i) => `reg.lab/app${i}:1`);

Deno.test("a controller that does not lead writes and deletes nothing", async () => {
  using time = new FakeTime();
  const leadership = scriptedLeadership(false);
  await using controller = await startController(time, { leadership, forgetAfterMs: 0 });
  await controller.meddle(wantedKey(DB), sampleWanted(DB));
  controller.source.put(sampleWorkload("web", [APP]));
  await controller.advance(10 * MINUTE);
  assertEquals(controller.writes, []);
  assertEquals(controller.metrics.value("warm_images_leading"), 0);
});

Deno.test("a controller that takes the lead writes at once, and says since when", async () => {
  using time = new FakeTime("2026-01-01T00:00:00Z");
  const leadership = scriptedLeadership(false);
  await using controller = await startController(time, { leadership });
  controller.source.put(sampleWorkload("web", [APP]));
  await controller.advance(10_000);
  leadership.lead(true);
  await controller.advance(300);
  assert(controller.wanted(APP));
  const meta = decodeMeta(controller.bucket.values.get(META_KEY) ?? "");
  assertEquals("value" in meta ? meta.value.since : meta, "2026-01-01T00:00:10.000Z");
  assertEquals(controller.metrics.value("warm_images_leading"), 1);
});

Deno.test("a controller that lost the lead stops writing, and goes on when it leads again", async () => {
  using time = new FakeTime();
  await using controller = await startController(time);
  await controller.advance(2_000);
  controller.leadership.lead(false);
  controller.source.put(sampleWorkload("web", [APP]));
  await controller.advance(5_000);
  assertEquals(controller.wanted(APP), undefined);
  assertEquals(controller.metrics.value("warm_images_leading"), 0);
  controller.leadership.lead(true);
  await controller.advance(1_000);
  assert(controller.wanted(APP));
  assertEquals(linesOf(controller, "Stopped leading").length, 1);
});

Deno.test("losing the lead in the middle of a big write stops it", async () => {
  using time = new FakeTime();
  const leadership = scriptedLeadership();
  let puts = 0;
  await using controller = await startController(time, {
    leadership,
    deps: (deps) => ({
      ...deps,
      store: storeWith(deps.store, {
        put: (key, value, options) => {
          if (++puts === 150) leadership.expire();
          return deps.store.put(key, value, options);
        },
      }),
    }),
  });
  controller.source.put(sampleWorkload("web", manyImages(1_000)));
  await controller.advance(2 * MINUTE);
  // those that were on their way are let through: at most one batch of 64
  assert(puts >= 150 && puts < 150 + 64, `${puts}`);
  leadership.lead(true);
  await controller.advance(2_000);
  assert(controller.wanted("reg.lab/app999:1"));
});

Deno.test("losing the lead between puts and deletes leaves the deletes to the next leader", async () => {
  using time = new FakeTime();
  const leadership = scriptedLeadership();
  await using controller = await startController(time, {
    leadership,
    forgetAfterMs: 0,
    deps: (deps) => ({
      ...deps,
      store: storeWith(deps.store, {
        put: async (key, value, options) => {
          await deps.store.put(key, value, options);
          if (key === wantedKey(APP)) leadership.expire();
        },
      }),
    }),
  });
  await controller.advance(2_000);
  await controller.bucket.put(wantedKey(DB), JSON.stringify(sampleWanted(DB)), {
    signal: new AbortController().signal,
  });
  controller.source.put(sampleWorkload("web", [APP]));
  await controller.advance(2 * MINUTE);
  assert(controller.wanted(APP));
  assert(controller.wanted(DB));
});

Deno.test("a value that the store does not take is named once, the others are written", async () => {
  using time = new FakeTime();
  const bucket = memoryStore({ maxBytes: 500 });
  const source = scriptedSource();
  const tolerations = Array.from({ length: 50 }, (_, i) => ({ key: `team-${i}` }));
  source.put(
    sampleWorkload("big", [APP], { placement: { tolerations } }),
    sampleWorkload("db", [DB]),
  );
  await using controller = await startController(time, { bucket, source });
  await controller.advance(5 * MINUTE);
  assert(controller.wanted(DB));
  assertEquals(controller.wanted(APP), undefined);
  const named = linesOf(controller, "store refused");
  assertEquals(named.length, 1);
  assertStringIncludes(String(named[0]?.fields.error), wantedKey(APP));
  assertEquals(linesOf(controller, "Could not write"), []);
  source.put(sampleWorkload("big", [APP]));
  await controller.advance(1_000);
  assert(controller.wanted(APP));
});

Deno.test("a bucket out of reach is tried again with back-off and logged once", async () => {
  using time = new FakeTime();
  await using controller = await startController(time);
  await controller.advance(2_000);
  controller.connection.cut();
  const before = controller.source.observed;
  controller.source.put(sampleWorkload("web", [APP]));
  await controller.advance(5 * MINUTE);
  const logged = linesOf(controller, "Could not write the bucket");
  assertEquals(logged.length, 1);
  assertStringIncludes(String(logged[0]?.fields.error), "cut off");
  const tries = controller.source.observed - before;
  assert(tries >= 8 && tries <= 20, `${tries}`);
  controller.connection.restore();
  await controller.advance(31_000);
  assert(controller.wanted(APP));
});

Deno.test("a second outage is logged again", async () => {
  using time = new FakeTime();
  await using controller = await startController(time);
  for (const name of ["a", "b"]) {
    controller.connection.cut();
    controller.source.put(sampleWorkload(name, [`reg.lab/${name}:1`]));
    await controller.advance(MINUTE);
    controller.connection.restore();
    await controller.advance(31_000);
  }
  assertEquals(linesOf(controller, "Could not write the bucket").length, 2);
});

Deno.test("what was written before a failure is not written again", async () => {
  using time = new FakeTime();
  let puts = 0;
  await using controller = await startController(time, {
    deps: (deps) => ({
      ...deps,
      store: storeWith(deps.store, {
        put: (key, value, options) =>
          ++puts === 100
            ? Promise.reject(new Error("timeout"))
            : deps.store.put(key, value, options),
      }),
    }),
  });
  controller.source.put(sampleWorkload("web", manyImages(200)));
  await controller.advance(5_000);
  const keys = controller.writes.map(({ key }) => key);
  assertEquals(keys.length, 401);
  assertEquals(new Set(keys).size, 401);
});

Deno.test("one line tells of a write, with its counts and cause", async () => {
  using time = new FakeTime();
  await using controller = await startController(time);
  await controller.advance(2_000);
  controller.source.put(sampleWorkload("web", [APP]));
  await controller.advance(1_000);
  const { cause, wanted, put, deleted } = linesOf(controller, "Bucket written").at(-1)?.fields ??
    {};
  assertEquals({ cause, wanted, put, deleted }, {
    cause: "scripted change",
    wanted: 1,
    put: 2,
    deleted: 0,
  });
});

Deno.test("a controller that stops in the middle of a write ends at once", async () => {
  using time = new FakeTime();
  const stuck = Promise.withResolvers<void>();
  await using controller = await startController(time, {
    deps: (deps) => ({
      ...deps,
      store: storeWith(deps.store, {
        put: (_key, _value, { signal }) => {
          signal.addEventListener("abort", () => stuck.reject(signal.reason), { once: true });
          return stuck.promise;
        },
      }),
    }),
  });
  await controller.advance(1_000);
  const startedAt = Date.now();
  await controller.stop();
  assertEquals(Date.now(), startedAt);
  assertEquals(linesOf(controller, "Could not write"), []);
});

Deno.test("reasons beyond the twentieth are counted and change no wanted value", async () => {
  using time = new FakeTime();
  await using controller = await startController(time);
  controller.source.put(sampleWorkload("web", [APP]));
  await controller.advance(2_000);
  controller.writes.length = 0;
  for (let i = 0; i < 30; i++) controller.source.put(sampleWorkload(`also${i}`, [APP]));
  await controller.advance(1_000);
  assertEquals(controller.writes.map(({ key }) => key), [whyKey(APP)]);
});
