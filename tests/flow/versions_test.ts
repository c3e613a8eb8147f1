// Controllers and agents of differing versions, as "Versions" on mod/README.md has it.
import { assert, assertEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { META_KEY, nodeKey, reportKey, wantedKey } from "../../mod/pure/bucket/state_keys.ts";
import { decodeWanted } from "../../mod/pure/bucket/wire.ts";
import { BUCKET_0_1_0 } from "../harness/fakes/bucket_0_1_0.ts";
import { type MemoryStore, memoryStore } from "../harness/fakes/memory_store.ts";
import { sampleNode, sampleWorkload } from "../harness/fakes/sample_values.ts";
import { scriptedRuntime } from "../harness/fakes/scripted_runtime.ts";
import { type ScriptedSource, scriptedSource } from "../harness/fakes/scripted_source.ts";
import { startAgent } from "../harness/fakes/test_agent.ts";
import { startController } from "../harness/fakes/test_controller.ts";
import { decode010 } from "../harness/fakes/wire_0_1_0.ts";

const APP = "reg.lab/app:1";
const DB = "reg.lab/db:1";
const MINUTE = 60_000;

/** A bucket that version 0.1.0 left behind. */
async function oldBucket(): Promise<MemoryStore> {
  const bucket = memoryStore();
  const { signal } = new AbortController();
  for (const [key, value] of BUCKET_0_1_0) await bucket.put(key, value, { signal });
  return bucket;
}

/** The objects that it was made from. */
function itsSource(): ScriptedSource {
  const source = scriptedSource();
  const marks = { private: "bytes" } as const;
  source.namespaces.set("shop", { name: "shop", skip: false, marks });
  const taint = { key: "gpu", value: "yes", effect: "NoSchedule" };
  source.put(
    sampleNode("n1", { labels: { zone: "a" }, taints: [taint] }),
    sampleWorkload("web", [APP], {
      priority: 7,
      pullSecrets: ["login"],
      neededBy: "2026-01-01T00:00:00Z",
      placement: {
        nodeSelector: { zone: "a" },
        affinity: [{ matchExpressions: [{ key: "zone", operator: "In", values: ["a", "b"] }] }],
        tolerations: [{ key: "gpu", operator: "Exists" }],
        os: "linux",
      },
    }),
    sampleWorkload("db", [DB], { placement: { tolerations: [{ operator: "Exists" }] } }),
  );
  return source;
}

Deno.test("a controller reads all that 0.1.0 left, and writes only that it writes", async () => {
  using time = new FakeTime("2026-01-01T00:01:00Z");
  const bucket = await oldBucket();
  await using controller = await startController(time, { bucket, source: itsSource() });
  await controller.advance(2_000);
  // How they may be had by a login, 0.1.0 did not tell.
  assertEquals(controller.writes.map(({ key }) => key), [META_KEY, wantedKey(APP), wantedKey(DB)]);
  assertEquals(controller.metrics.total("warm_images_store_unreadable_total"), 0);
  assertEquals(controller.metrics.value("warm_images_warm"), 1);
});

Deno.test("an agent of 0.1.0, which does not beat, is fresh while it reports", async () => {
  using time = new FakeTime("2026-01-01T00:01:00Z");
  const bucket = await oldBucket();
  await using controller = await startController(time, { bucket, source: itsSource() });
  const fresh = () => controller.metrics.value("warm_images_agents", { state: "fresh" });
  const report = JSON.parse(BUCKET_0_1_0.get(reportKey("n1")) ?? "");
  for (let minute = 0; minute < 10; minute++) {
    await controller.meddle(reportKey("n1"), report);
    await controller.advance(MINUTE);
  }
  assertEquals(fresh(), 1);
  await controller.advance(4 * MINUTE);
  assertEquals(fresh(), 0);
});

Deno.test("an agent does what a controller of 0.1.0 wants, and reports so that it is seen", async () => {
  using time = new FakeTime("2026-01-01T00:01:00Z");
  const bucket = await oldBucket();
  const runtime = scriptedRuntime({ bytes: 42 });
  await using agent = await startAgent(time, { bucket, source: "none", runtime });
  await agent.advance(5_000);
  assertEquals([...runtime.present.keys()].sort(), [APP, DB]);
  const before = agent.reportedAt.length;
  await agent.advance(10 * MINUTE);
  assert(agent.reportedAt.length - before >= 9, `${agent.reportedAt.length - before}`);
  const read = decode010(reportKey("n1"), bucket.values.get(reportKey("n1")) ?? "");
  assert(read !== undefined && "value" in read);
  assertEquals(agent.metrics.total("warm_images_store_unreadable_total"), 0);
});

Deno.test("what is written today is read by 0.1.0, which sees no other key", async () => {
  using time = new FakeTime("2026-01-01T00:01:00Z");
  const bucket = memoryStore();
  const source = itsSource();
  await using controller = await startController(time, { bucket, source });
  await using agent = await startAgent(time, { bucket: bucket.another(), source: "none" });
  await controller.advance(5_000);
  source.remove("db"); // its reasons say since when
  await controller.advance(5_000);
  const unseen: string[] = [];
  for (const [key, value] of bucket.values) {
    const read = decode010(key, value);
    if (read === undefined) unseen.push(key);
    else assert("value" in read, `${key}: ${"fault" in read ? read.fault : ""}`);
  }
  assertEquals(unseen, ["beat.n1"]);
  assertEquals(Object.keys(agent.report()?.images ?? {}).length, 2);
});

Deno.test("a controller rolled back to 0.1.0 and forth again leaves nothing unread", async () => {
  using time = new FakeTime("2026-01-01T00:01:00Z");
  const bucket = await oldBucket();
  const source = itsSource();
  await using agent = await startAgent(time, { bucket: bucket.another(), source: "none" });
  const rollBack = async () => {
    for (const key of [META_KEY, nodeKey("n1"), wantedKey(APP)]) {
      await agent.put(key, BUCKET_0_1_0.get(key) ?? "");
    }
  };
  for (let round = 0; round < 2; round++) {
    {
      await using controller = await startController(time, { bucket, source });
      await controller.advance(5 * MINUTE);
      assertEquals(controller.metrics.total("warm_images_store_unreadable_total"), 0);
      assertEquals(controller.metrics.value("warm_images_agents", { state: "fresh" }), 1);
      const wanted = decodeWanted(bucket.values.get(wantedKey(APP)) ?? "");
      assert("value" in wanted);
    }
    await rollBack();
    const before = agent.reportedAt.length;
    await agent.advance(5 * MINUTE);
    assert(agent.reportedAt.length - before >= 4);
  }
  assertEquals(agent.metrics.total("warm_images_store_unreadable_total"), 0);
});

Deno.test("a value of a later version is skipped and counted, and leaves standing what was known", async () => {
  using time = new FakeTime();
  const bucket = await oldBucket();
  await using controller = await startController(time, { bucket, source: itsSource() });
  await using agent = await startAgent(time, { bucket: bucket.another(), source: "none" });
  await controller.advance(5_000);
  const report = JSON.parse(bucket.values.get(reportKey("n1")) ?? "");
  await controller.meddle(reportKey("n1"), { ...report, v: 2 });
  assertEquals(controller.metrics.total("warm_images_store_unreadable_total"), 1);
  assertEquals(controller.metrics.value("warm_images_warm"), 2);
  await controller.stop();
  await controller.meddle(wantedKey(APP), { v: 2 });
  agent.runtime.delete(APP);
  await agent.advance(5_000);
  assertEquals(agent.metrics.total("warm_images_store_unreadable_total"), 1);
  assert(agent.runtime.present.has(APP));
});

Deno.test("a state that a later agent reports is read, and is not warm", async () => {
  using time = new FakeTime();
  await using controller = await startController(time);
  const since = "2026-01-01T00:00:00Z";
  const images = { [APP]: { state: "warm", since, later: 1 }, [DB]: { state: "thawing", since } };
  await controller.meddle(reportKey("n1"), { v: 1, node: "n1", agent: "9", at: since, images });
  assertEquals(controller.metrics.total("warm_images_store_unreadable_total"), 0);
  assertEquals(controller.metrics.value("warm_images_warm"), 1);
});
