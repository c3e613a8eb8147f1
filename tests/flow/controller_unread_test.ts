import { assert, assertEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { nodeKey, reportKey, wantedKey, whyKey } from "../../mod/pure/bucket/state_keys.ts";
import { decodeWhy } from "../../mod/pure/bucket/wire.ts";
import { memoryStore } from "../harness/fakes/memory_store.ts";
import { sampleNode, sampleWorkload } from "../harness/fakes/sample_values.ts";
import { scriptedSource } from "../harness/fakes/scripted_source.ts";
import { startController } from "../harness/fakes/test_controller.ts";

const APP = "reg.lab/app:1";
const DB = "reg.lab/db:1";
const MINUTE = 60_000;

/** A bucket as a controller left it that could read everything. */
async function filledBucket(time: FakeTime, forgetAfterMs = 0) {
  const bucket = memoryStore();
  const source = scriptedSource();
  const job = { ...sampleWorkload("nightly", [DB]), kind: "Job" };
  source.put(sampleWorkload("web", [APP]), job, sampleNode("n1"));
  await using controller = await startController(time, { source, bucket, forgetAfterMs });
  await controller.advance(2_000);
  await controller.meddle(reportKey("n1"), { v: 1, node: "n1", agent: "0", at: "now", images: {} });
  assertEquals(bucket.values.has(whyKey(DB)), true);
  return bucket;
}

for (const kind of ["Node", "Namespace"]) {
  Deno.test(`while ${kind}s were never read, nothing is deleted and the rest is written`, async () => {
    using time = new FakeTime();
    const bucket = await filledBucket(time);
    const source = scriptedSource();
    source.unread.add(kind);
    source.put(sampleWorkload("new", ["reg.lab/new:1"]));
    await using controller = await startController(time, { source, bucket, forgetAfterMs: 0 });
    await controller.advance(120 * MINUTE);
    assert(controller.wanted("reg.lab/new:1"));
    assert(controller.wanted(APP));
    assert(bucket.values.has(nodeKey("n1")));
    assert(bucket.values.has(reportKey("n1")));
    source.unread.delete(kind);
    source.changed();
    await controller.advance(120 * MINUTE);
    for (const key of [wantedKey(APP), nodeKey("n1"), reportKey("n1")]) {
      assertEquals(bucket.values.has(key), false, key);
    }
  });
}

Deno.test("while a kind was never read, only what it asked for stays", async () => {
  using time = new FakeTime();
  const bucket = await filledBucket(time);
  const source = scriptedSource();
  source.unread.add("Job");
  source.put(sampleNode("n1"));
  await using controller = await startController(time, { source, bucket, forgetAfterMs: 0 });
  await controller.advance(10 * MINUTE);
  assertEquals(controller.wanted(APP), undefined);
  assert(controller.wanted(DB));
  source.unread.delete("Job");
  source.changed();
  await controller.advance(1_000);
  assertEquals(controller.wanted(DB), undefined);
});

Deno.test("a kind that was never read still speaks for its image after another has", async () => {
  using time = new FakeTime();
  const bucket = await filledBucket(time);
  for (const wants of [[DB], []]) {
    const source = scriptedSource();
    source.unread.add("Job");
    source.put(sampleNode("n1"), sampleWorkload("web", wants));
    await using controller = await startController(time, { source, bucket, forgetAfterMs: 0 });
    await controller.advance(10 * MINUTE);
    assert(controller.wanted(DB));
    const why = decodeWhy(bucket.values.get(whyKey(DB)) ?? "");
    assertEquals("value" in why && why.value.reasons.map(({ kind }) => kind), ["Job"]);
  }
});

Deno.test("an image has its whole time once the kind that asked for it was read", async () => {
  using time = new FakeTime();
  const bucket = await filledBucket(time, 60 * MINUTE);
  const source = scriptedSource();
  source.unread.add("Job");
  source.put(sampleNode("n1"));
  await using controller = await startController(time, {
    source,
    bucket,
    forgetAfterMs: 60 * MINUTE,
  });
  await controller.advance(90 * MINUTE);
  source.unread.delete("Job");
  source.changed();
  await controller.advance(50 * MINUTE);
  assert(controller.wanted(DB));
  await controller.advance(20 * MINUTE);
  assertEquals(controller.wanted(DB), undefined);
});

Deno.test("an image that is wanted again loses its mark although its other reasons are unread", async () => {
  using time = new FakeTime();
  const bucket = await filledBucket(time);
  const why = (reference: string) => {
    const decoded = decodeWhy(bucket.values.get(whyKey(reference)) ?? "");
    return "value" in decoded ? decoded.value : undefined;
  };
  {
    await using first = await startController(time, { bucket, source: scriptedSource() });
    await first.advance(2_000);
    assert(why(DB)?.unwantedSince);
  }
  const source = scriptedSource();
  source.unread.add("Job");
  source.put(sampleWorkload("also", [DB]));
  await using second = await startController(time, { bucket, source });
  await second.advance(2_000);
  assertEquals(why(DB)?.unwantedSince, undefined);
  assertEquals(why(DB)?.reasons.map(({ kind }) => kind), ["Job"]);
});
