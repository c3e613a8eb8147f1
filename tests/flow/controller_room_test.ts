import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { wantedKey } from "../../mod/pure/bucket/state_keys.ts";
import { StoreFullError } from "../../mod/pure/bucket/store_errors.ts";
import { memoryStore, storeWith } from "../harness/fakes/memory_store.ts";
import { sampleNode, sampleWorkload } from "../harness/fakes/sample_values.ts";
import { scriptedLeadership } from "../harness/fakes/scripted_leadership.ts";
import { scriptedSource } from "../harness/fakes/scripted_source.ts";
import { startController } from "../harness/fakes/test_controller.ts";

const MINUTE = 60_000;
const KB = 1024;

function fullOf(images: number) {
  const source = scriptedSource();
  source.put(sampleNode("node-0"));
  for (let n = 0; n < images; n++) source.put(sampleWorkload(`w-${n}`, [`reg.lab/app-${n}:1`]));
  return source;
}

const wantedIn = (values: ReadonlyMap<string, string>) =>
  [...values.keys()].filter((key) => key.startsWith("wanted."));

Deno.test("a small bucket gets what fits, says what is left out, and the rest when it grows", async () => {
  using time = new FakeTime();
  const bucket = memoryStore();
  bucket.limit = { bytes: 64 * KB, tells: true };
  await using controller = await startController(time, { bucket, source: fullOf(300) });
  await controller.advance(MINUTE);
  const fitted = wantedIn(bucket.values);
  assert(fitted.length > 50 && fitted.length < 300, `${fitted.length}`);
  const condition = controller.conditions.state.get("bucket");
  assertEquals(condition?.holds, false);
  assertStringIncludes(condition?.reason ?? "", `left out ${300 - fitted.length} of 300 images`);
  assertEquals(controller.metrics.value("warm_images_left_out"), 300 - fitted.length);
  const writes = controller.writes.length;
  await controller.advance(5 * MINUTE);
  assertEquals(wantedIn(bucket.values), fitted, "nothing comes and goes");
  assertEquals(controller.writes.length, writes);
  bucket.limit = { bytes: 1024 * KB, tells: true };
  await controller.advance(MINUTE);
  assertEquals(wantedIn(bucket.values).length, 300);
  assertEquals(controller.conditions.state.get("bucket")?.holds, true);
  assertEquals(controller.metrics.value("warm_images_left_out"), 0);
});

Deno.test("a bucket whose limit nobody tells fills up to it, and follows it upwards", async () => {
  using time = new FakeTime();
  const bucket = memoryStore();
  bucket.limit = { bytes: 64 * KB, tells: false };
  await using controller = await startController(time, { bucket, source: fullOf(600) });
  await controller.advance(5 * MINUTE);
  const fitted = wantedIn(bucket.values).length;
  assert(fitted > 50 && fitted < 600, `${fitted}`);
  controller.source.put(sampleWorkload("urgent", ["reg.lab/urgent:1"], { priority: 5 }));
  await controller.advance(2 * MINUTE);
  assert(controller.wanted("reg.lab/urgent:1"));
  assert(wantedIn(bucket.values).length >= fitted - 2);
  bucket.limit = { bytes: 1024 * KB, tells: false };
  await controller.advance(30 * MINUTE);
  assertEquals(wantedIn(bucket.values).length, 601);
  assertEquals(controller.conditions.state.get("bucket")?.holds, true);
});

Deno.test("where others fill the server, the controller does not give up what it has", async () => {
  using time = new FakeTime();
  const bucket = memoryStore();
  await using controller = await startController(time, { bucket, source: fullOf(100) });
  await controller.advance(MINUTE);
  bucket.limit = { bytes: 1, tells: false };
  controller.source.put(sampleWorkload("urgent", ["reg.lab/urgent:1"], { priority: 5 }));
  await controller.advance(60 * MINUTE);
  const left = wantedIn(bucket.values).length;
  assert(left >= 90, `${left} of 100`);
  bucket.limit = { bytes: 1024 * KB, tells: false };
  await controller.advance(10 * MINUTE);
  assertEquals(wantedIn(bucket.values).length, 101);
});

Deno.test("only who leads makes room", async () => {
  using time = new FakeTime();
  const bucket = memoryStore();
  const { signal } = new AbortController();
  await bucket.put("report.nobody", "x".repeat(50 * KB), { signal });
  bucket.limit = { bytes: 51 * KB, tells: true };
  const leadership = scriptedLeadership(false);
  const source = fullOf(50);
  await using controller = await startController(time, { bucket, source, leadership });
  await controller.advance(MINUTE);
  assert(bucket.values.has("report.nobody"));
  leadership.lead(true);
  await controller.advance(MINUTE);
  assertEquals(bucket.values.has("report.nobody"), false);
  assertEquals(wantedIn(bucket.values).length, 50);
});

Deno.test("a deletion that a full bucket would not tell is told as soon as it does", async () => {
  using time = new FakeTime();
  const bucket = memoryStore();
  let isFull = false;
  let told = 0;
  await using controller = await startController(time, {
    bucket,
    source: fullOf(3),
    forgetAfterMs: 0,
    deps: (deps) => ({
      ...deps,
      store: storeWith(deps.store, {
        delete: async (key, options) => {
          if (isFull) {
            await deps.store.purge(key, options);
            throw new StoreFullError("server", "The server is full");
          }
          await deps.store.delete(key, options);
          if (key === wantedKey("reg.lab/app-1:1")) told++;
        },
      }),
    }),
  });
  await controller.advance(MINUTE);
  isFull = true;
  controller.source.remove("w-1");
  await controller.advance(2 * MINUTE);
  assertEquals(controller.wanted("reg.lab/app-1:1"), undefined);
  assertEquals(told, 0);
  isFull = false;
  await controller.advance(2 * MINUTE);
  assertEquals(told, 1);
  assertEquals(controller.conditions.state.get("bucket")?.holds, true);
});

Deno.test("a bucket that agents fill is cleared although the controller has nothing to write", async () => {
  using time = new FakeTime();
  const bucket = memoryStore();
  bucket.limit = { bytes: 250 * KB, tells: true };
  await using controller = await startController(time, { bucket, source: fullOf(10) });
  await controller.advance(MINUTE);
  const { signal } = new AbortController();
  for (let n = 0; n < 24; n++) {
    await bucket.put(`report.nobody-${n}`, "x".repeat(10 * KB), { signal });
  }
  await controller.advance(3 * MINUTE);
  assertEquals([...bucket.values.keys()].filter((key) => key.startsWith("report.")), []);
  assertEquals(wantedIn(bucket.values).length, 10);
  assertEquals(controller.conditions.state.get("bucket")?.holds, true);
});
