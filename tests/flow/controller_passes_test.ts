import { assert, assertEquals } from "@std/assert";
import { delay } from "@std/async/delay";
import { FakeTime } from "@std/testing/time";
import {
  META_KEY,
  nodeKey,
  reportKey,
  wantedKey,
  whyKey,
} from "../../mod/pure/bucket/state_keys.ts";
import { decodeMeta, decodeWhy } from "../../mod/pure/bucket/wire.ts";
import { startController } from "../harness/fakes/test_controller.ts";
import { memoryStore, storeWith } from "../harness/fakes/memory_store.ts";
import {
  sampleMeta,
  sampleNode,
  sampleWanted,
  sampleWorkload,
} from "../harness/fakes/sample_values.ts";
import { scriptedSource } from "../harness/fakes/scripted_source.ts";

const APP = "reg.lab/app:1";
const DB = "reg.lab/db:1";
const MINUTE = 60_000;

Deno.test("the bucket gets who writes, the nodes, and each image with its reasons", async () => {
  using time = new FakeTime("2026-01-01T00:00:00Z");
  const source = scriptedSource();
  source.put(sampleWorkload("web", [APP]), sampleNode("n1"));
  await using controller = await startController(time, { source });
  await controller.advance(1_500);
  const { values } = controller.bucket;
  assertEquals([...values.keys()].sort(), [META_KEY, nodeKey("n1"), wantedKey(APP), whyKey(APP)]);
  assertEquals<unknown>(decodeMeta(values.get(META_KEY) ?? ""), {
    value: {
      v: 1,
      source: "kubernetes",
      writer: "controller-0",
      since: "2026-01-01T00:00:00.000Z",
      reads: ["beat", "part"],
      rules: {
        listSpaces: ["*"],
        ignoreSpaces: [],
        ignoreImages: [],
        onlyMarked: false,
        keepRevisions: 1,
        forgetAfterMs: 3_600_000,
        private: { modes: ["bytes"], openRegistries: [] },
      },
    },
  });
  assertEquals<unknown>(decodeWhy(values.get(whyKey(APP)) ?? ""), {
    value: { v: 1, count: 1, reasons: [{ kind: "Deployment", namespace: "shop", name: "web" }] },
  });
  assertEquals(controller.wanted(APP), sampleWanted(APP));
  assertEquals(controller.conditions.state.get("synced")?.holds, true);
});

Deno.test("a change is written once it was quiet for 50 ms", async () => {
  using time = new FakeTime();
  await using controller = await startController(time);
  await controller.advance(5_000);
  controller.source.put(sampleWorkload("web", [APP]));
  await controller.advance(40);
  assertEquals(controller.wanted(APP), undefined);
  await controller.advance(10);
  assert(controller.wanted(APP));
});

Deno.test("after a pass that took long, it has to be quiet for 200 ms", async () => {
  using time = new FakeTime();
  await using controller = await startController(time, {
    deps: (deps) => ({
      ...deps,
      store: storeWith(deps.store, {
        put: (key, value, options) => delay(30).then(() => deps.store.put(key, value, options)),
      }),
    }),
  });
  await controller.advance(5_000);
  controller.source.put(sampleWorkload("web", [APP]));
  await controller.advance(60); // in the middle of the pass that writes it
  controller.source.put(sampleWorkload("db", [DB]));
  await controller.advance(20 + 200);
  assertEquals(controller.wanted(DB), undefined);
  await controller.advance(30);
  assert(controller.wanted(DB));
});

Deno.test("changes that never pause are written after a second", async () => {
  using time = new FakeTime();
  await using controller = await startController(time);
  await controller.advance(5_000);
  const startedAt = Date.now();
  for (let i = 0; i < 30; i++) {
    controller.source.put(sampleWorkload(`web${i}`, [`reg.lab/app${i}:1`]));
    await controller.advance(40);
  }
  const first = controller.writes.find(({ key }) => key === wantedKey("reg.lab/app0:1"));
  assertEquals((first?.at ?? 0) - startedAt, 1_000);
});

Deno.test("many changes at once are one pass", async () => {
  using time = new FakeTime();
  await using controller = await startController(time);
  await controller.advance(5_000);
  const before = controller.source.observed;
  for (let i = 0; i < 100; i++) controller.source.put(sampleWorkload(`web${i}`, [APP]));
  await controller.advance(1_000);
  assertEquals(controller.source.observed - before, 1);
});

Deno.test("a second pass over the same truth writes nothing", async () => {
  using time = new FakeTime();
  await using controller = await startController(time);
  controller.source.put(sampleWorkload("web", [APP]), sampleNode("n1"));
  await controller.advance(2_000);
  const before = controller.writes.length;
  controller.source.changed();
  await controller.advance(10 * MINUTE);
  assertEquals(controller.writes.length, before);
});

Deno.test("only what changed is written", async () => {
  using time = new FakeTime();
  await using controller = await startController(time);
  controller.source.put(sampleWorkload("web", [APP]), sampleWorkload("db", [DB]));
  await controller.advance(2_000);
  controller.writes.length = 0;
  controller.source.put(sampleWorkload("db", [DB], { priority: 7 }));
  await controller.advance(1_000);
  assertEquals(controller.writes.map(({ key }) => key), [wantedKey(DB)]);
});

Deno.test("a controller that restarts writes only that it writes", async () => {
  using time = new FakeTime();
  const bucket = memoryStore();
  const source = scriptedSource();
  source.put(sampleWorkload("web", [APP]), sampleNode("n1"));
  {
    await using first = await startController(time, { source, bucket });
    await first.advance(2_000);
  }
  await using second = await startController(time, { source, bucket });
  await second.advance(2_000);
  assertEquals(second.writes.map(({ key }) => key), [META_KEY]);
});

Deno.test("nothing is written before the source is in sync", async () => {
  using time = new FakeTime();
  const source = scriptedSource();
  source.synced = false;
  source.put(sampleWorkload("web", [APP]));
  await using controller = await startController(time, { source, forgetAfterMs: 0 });
  await controller.meddle(wantedKey(DB), sampleWanted(DB));
  await controller.advance(10 * MINUTE);
  assertEquals(controller.writes, []);
  source.synced = true;
  source.changed();
  await controller.advance(1_000);
  assert(controller.wanted(APP));
  assertEquals(controller.wanted(DB), undefined);
});

Deno.test("nothing is written before the bucket was read, and a condition says so", async () => {
  using time = new FakeTime();
  const bucket = memoryStore();
  const source = scriptedSource();
  source.put(sampleWorkload("web", [APP]));
  let connected = () => {};
  const connection = new Promise<void>((resolve) => connected = resolve);
  await using controller = await startController(time, {
    source,
    bucket,
    deps: (deps) => ({
      ...deps,
      store: storeWith(deps.store, {
        async *follow(filters, options) {
          await connection;
          yield* deps.store.follow(filters, options);
        },
      }),
    }),
  });
  await controller.advance(2 * MINUTE);
  assertEquals(controller.writes, []);
  assertEquals(controller.conditions.state.get("synced"), {
    holds: false,
    reason: "Has not read the bucket yet",
  });
  connected();
  await controller.advance(1_000);
  assert(controller.wanted(APP));
});

Deno.test("an unwanted image stays for the time to forget, then goes", async () => {
  using time = new FakeTime();
  await using controller = await startController(time);
  controller.source.put(sampleWorkload("web", [APP]));
  await controller.advance(2_000);
  controller.source.remove("web");
  await controller.advance(59 * MINUTE);
  assert(controller.wanted(APP));
  assert(controller.bucket.values.has(whyKey(APP)));
  await controller.advance(2 * MINUTE);
  assertEquals(controller.wanted(APP), undefined);
  assertEquals(controller.bucket.values.has(whyKey(APP)), false);
});

Deno.test("an image wanted again in time has its whole time again", async () => {
  using time = new FakeTime();
  await using controller = await startController(time);
  for (let i = 0; i < 3; i++) {
    controller.source.put(sampleWorkload("web", [APP]));
    await controller.advance(2_000);
    controller.source.remove("web");
    await controller.advance(40 * MINUTE);
  }
  assert(controller.wanted(APP));
});

Deno.test("an unwanted image is forgotten after its time although the bucket was read anew", async () => {
  using time = new FakeTime();
  await using controller = await startController(time);
  controller.source.put(sampleWorkload("web", [APP]));
  await controller.advance(2_000);
  const value = sampleWanted(APP);
  controller.source.remove("web");
  await controller.advance(50 * MINUTE);
  controller.bucket.wipe();
  await controller.meddle(wantedKey(APP), value); // as a restored backup would have it
  await controller.advance(11 * MINUTE);
  assertEquals(controller.wanted(APP), undefined);
});

Deno.test("an unwanted image is forgotten after its time, however often the leader changes", async () => {
  using time = new FakeTime();
  const bucket = memoryStore();
  const source = scriptedSource();
  source.put(sampleWorkload("web", [APP]));
  for (let restart = 0; restart < 6; restart++) {
    await using controller = await startController(time, { bucket, source });
    await controller.advance(restart < 5 ? 14 * MINUTE : 5 * MINUTE);
    if (restart === 0) {
      source.remove("web");
      await controller.advance(1_000);
    }
    assertEquals(bucket.values.has(wantedKey(APP)), restart < 5, `${restart}`);
  }
});

Deno.test("since when an image is unwanted stands in its reasons, and wakes no agent", async () => {
  using time = new FakeTime("2026-01-01T00:00:00Z");
  await using controller = await startController(time);
  controller.source.put(sampleWorkload("web", [APP]));
  await controller.advance(2_000);
  controller.writes.length = 0;
  controller.source.remove("web");
  await controller.advance(1_000);
  const why = () => decodeWhy(controller.bucket.values.get(whyKey(APP)) ?? "");
  const marked = why();
  assert("value" in marked);
  assertEquals(marked.value.reasons.length, 1);
  assertEquals(marked.value.unwantedSince?.slice(0, 17), "2026-01-01T00:00:");
  assertEquals(controller.writes.map(({ key }) => key), [whyKey(APP)]);
  controller.source.put(sampleWorkload("web", [APP]));
  await controller.advance(1_000);
  const again = why();
  assertEquals("value" in again && again.value.unwantedSince, undefined);
});

Deno.test("a clock that was ahead makes no image stay for ever", async () => {
  using time = new FakeTime();
  await using controller = await startController(time);
  controller.source.put(sampleWorkload("web", [APP]));
  controller.clock.step(30 * 24 * 60 * MINUTE);
  await controller.advance(2_000);
  controller.source.remove("web");
  await controller.advance(10 * MINUTE);
  controller.clock.step(-30 * 24 * 60 * MINUTE);
  await controller.advance(50 * MINUTE);
  assert(controller.wanted(APP));
  await controller.advance(15 * MINUTE);
  assertEquals(controller.wanted(APP), undefined);
});

Deno.test("facts of a node follow the node, and go with it", async () => {
  using time = new FakeTime();
  await using controller = await startController(time);
  controller.source.put(sampleNode("n1"), sampleNode("n2"));
  await controller.advance(2_000);
  assertEquals(controller.metrics.value("warm_images_nodes"), 2);
  controller.source.remove("n1");
  await controller.advance(1_000);
  assertEquals(controller.bucket.values.has(nodeKey("n1")), false);
  assert(controller.bucket.values.has(nodeKey("n2")));
});

Deno.test("a wanted key that somebody edits or deletes is put back", async () => {
  using time = new FakeTime();
  await using controller = await startController(time);
  controller.source.put(sampleWorkload("web", [APP]), sampleNode("n1"));
  await controller.advance(2_000);
  const before = controller.bucket.values;
  await controller.meddle(wantedKey(APP), sampleWanted(APP, { priority: 99 }));
  await controller.meddle(nodeKey("n1"), undefined);
  await controller.meddle(META_KEY, sampleMeta("manifests"));
  await controller.advance(1_000);
  for (const [key, value] of before) assertEquals(controller.bucket.values.get(key), value, key);
});

Deno.test("a key of a later version is left alone", async () => {
  using time = new FakeTime();
  await using controller = await startController(time, { forgetAfterMs: 0 });
  await controller.meddle("wanted.x=zz", {});
  await controller.advance(5 * MINUTE);
  assert(controller.bucket.values.has("wanted.x=zz"));
});

Deno.test("a bucket that is lost is written again in full", async () => {
  using time = new FakeTime();
  await using controller = await startController(time);
  controller.source.put(sampleWorkload("web", [APP]), sampleNode("n1"));
  await controller.advance(2_000);
  const before = [...controller.bucket.values].sort();
  controller.bucket.wipe();
  await controller.advance(1_000);
  assertEquals([...controller.bucket.values].sort(), before);
});

Deno.test("the controller leaves reports to the agents", async () => {
  using time = new FakeTime();
  await using controller = await startController(time);
  controller.source.put(sampleNode("n1"));
  const report = { v: 1, node: "n1", agent: "0", at: "now", images: {} };
  await controller.meddle(reportKey("n1"), report);
  await controller.advance(120 * MINUTE);
  assert(controller.bucket.values.has(reportKey("n1")));
});
