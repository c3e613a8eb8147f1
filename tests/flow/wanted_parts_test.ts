// An image whose placements take several values, as an agent and a controller handle it.
import { assert, assertEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { LIMITS } from "../../mod/pure/bucket/limits.ts";
import { nodeKey, parseStateKey, wantedKey, whereKey } from "../../mod/pure/bucket/state_keys.ts";
import { memoryStore } from "../harness/fakes/memory_store.ts";
import { sampleNode, sampleWanted, sampleWorkload } from "../harness/fakes/sample_values.ts";
import { scriptedSource } from "../harness/fakes/scripted_source.ts";
import { startAgent } from "../harness/fakes/test_agent.ts";
import { startController } from "../harness/fakes/test_controller.ts";

const APP = "reg.lab/app:1";
const HERE = { nodeSelector: { zone: "a" } };
const ELSEWHERE = { nodeSelector: { zone: "b" } };
const where = (...placements: readonly object[]) => ({ v: 1, reference: APP, placements });
const wantedIn = (...placements: readonly (typeof HERE)[]) => sampleWanted(APP, { placements });

async function agentInZoneA(time: FakeTime) {
  const agent = await startAgent(time);
  await agent.put(nodeKey("n1"), { v: 1, ...sampleNode("n1", { labels: { zone: "a" } }) });
  return agent;
}

Deno.test("a node pulls what only a further part wants on it, whichever comes first", async () => {
  for (const order of ["image", "part"]) {
    using time = new FakeTime();
    await using agent = await agentInZoneA(time);
    const puts = [
      () => agent.put(wantedKey(APP), wantedIn(ELSEWHERE)),
      () => agent.put(whereKey(2, APP), where(HERE)),
    ];
    for (const put of order === "image" ? puts : puts.reverse()) {
      assertEquals(agent.runtime.pulls, []);
      await put();
      await agent.advance(1_000);
    }
    assertEquals(agent.runtime.pulls, [APP]);
  }
});

Deno.test("an image goes with the part that wanted it, and with its first value", async () => {
  for (const key of [whereKey(3, APP), wantedKey(APP)]) {
    using time = new FakeTime();
    await using agent = await agentInZoneA(time);
    await agent.put(whereKey(2, APP), where(ELSEWHERE));
    await agent.put(whereKey(3, APP), where(HERE));
    await agent.put(wantedKey(APP), wantedIn(ELSEWHERE));
    await agent.advance(60_000);
    assertEquals(Object.keys(agent.report()?.images ?? {}), [APP]);
    const { signal } = new AbortController();
    await agent.bucket.delete(key, { signal });
    await agent.advance(60_000);
    assertEquals(Object.keys(agent.report()?.images ?? {}), [], key);
  }
});

Deno.test("a part that cannot be read leaves the last one in force", async () => {
  using time = new FakeTime();
  await using agent = await agentInZoneA(time);
  await agent.put(whereKey(2, APP), where(HERE));
  await agent.put(wantedKey(APP), wantedIn(ELSEWHERE));
  await agent.put(whereKey(2, APP), { ...where(ELSEWHERE), reference: "reg.lab/other:1" });
  await agent.put(whereKey(2, APP), "not JSON");
  await agent.advance(60_000);
  assertEquals(Object.keys(agent.report()?.images ?? {}), [APP]);
  assertEquals(agent.metrics.total("warm_images_store_unreadable_total"), 2);
});

Deno.test("a controller writes an image in parts, and takes back those that it no longer needs", async () => {
  using time = new FakeTime();
  const source = scriptedSource();
  const team = "x".repeat(1_000);
  const workload = (index: number) =>
    sampleWorkload(`app-${index}`, [APP], {
      placement: { nodeSelector: { pool: `p${index}`, team } },
    });
  source.put(sampleNode("n1"), ...Array.from({ length: 3_000 }, (_, index) => workload(index)));
  await using controller = await startController(time, { source });
  await controller.advance(5_000);
  const keys = () =>
    controller.writes.map(({ key }) => key).filter((key) => key.startsWith("wanted."));
  const parts = [4, 3, 2].map((part) => whereKey(part, APP));
  assertEquals(keys(), [...parts, wantedKey(APP)]);
  for (const text of controller.bucket.values.values()) assert(text.length <= LIMITS.partBytes);
  for (let index = 10; index < 3_000; index++) source.workloads.delete(`app-${index}`);
  source.changed();
  await controller.advance(5_000);
  const left = [...controller.bucket.values.keys()].map(parseStateKey);
  assertEquals(left.filter((key) => key?.type === "where"), []);
});

Deno.test("a store that takes less than others gets smaller parts", async () => {
  using time = new FakeTime();
  const source = scriptedSource();
  const team = "x".repeat(1_000);
  const workloads = Array.from(
    { length: 100 },
    (_, index) =>
      sampleWorkload(`app-${index}`, [APP], {
        placement: { nodeSelector: { pool: `p${index}`, team } },
      }),
  );
  source.put(sampleNode("n1"), ...workloads);
  const bucket = memoryStore({ maxBytes: 50_000 });
  await using controller = await startController(time, { source, bucket });
  await controller.advance(10_000);
  const texts = [...bucket.values].filter(([key]) => key.startsWith("wanted."));
  assertEquals(texts.length, 4);
  for (let index = 0; index < 100; index++) {
    assertEquals(texts.filter(([, text]) => text.includes(`"p${index}"`)).length, 1);
  }
});
