import { assert, assertEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { META_KEY, wantedKey, whyKey } from "../../mod/pure/bucket/state_keys.ts";
import { startAgent, type TestAgent } from "../harness/fakes/test_agent.ts";
import { startController, type TestController } from "../harness/fakes/test_controller.ts";
import { memoryStore } from "../harness/fakes/memory_store.ts";
import { sampleNode, sampleWorkload } from "../harness/fakes/sample_values.ts";
import { scriptedRuntime } from "../harness/fakes/scripted_runtime.ts";

const APP = "reg.lab/app:1";
const GPU = "reg.lab/gpu:1";

const onGpu = { placement: { nodeSelector: { gpu: "yes" } } };

interface Site extends AsyncDisposable {
  readonly controller: TestController;
  readonly plain: TestAgent;
  readonly gpu: TestAgent;
}

/** One controller and two agents on one bucket; every program has its own connection. */
async function startSite(time: FakeTime): Promise<Site> {
  const bucket = memoryStore();
  await using opened = new AsyncDisposableStack();
  const controller = opened.use(await startController(time, { bucket: bucket.another() }));
  controller.source.put(
    sampleNode("plain"),
    sampleNode("gpu", { labels: { gpu: "yes" } }),
    sampleWorkload("web", [APP]),
    sampleWorkload("train", [GPU], onGpu),
  );
  const agentOf = (node: string) =>
    startAgent(time, {
      node,
      bucket: bucket.another(),
      source: "none",
      runtime: scriptedRuntime({ bytes: 42 }),
    });
  const plain = opened.use(await agentOf("plain"));
  const gpu = opened.use(await agentOf("gpu"));
  const kept = opened.move();
  return { controller, plain, gpu, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

const presentOn = (agent: TestAgent) => [...agent.runtime.present.keys()].sort();

Deno.test("an image that an object names is warm on every node that may run it", async () => {
  using time = new FakeTime();
  await using site = await startSite(time);
  await site.controller.advance(3_000);
  assertEquals(presentOn(site.plain), [APP]);
  assertEquals(presentOn(site.gpu), [APP, GPU]);
  assertEquals(site.controller.metrics.value("warm_images_warm"), 3);
  assertEquals(site.controller.wanted(APP)?.sizeBytes, 42);
});

Deno.test("a new image is on its way as soon as it was quiet for 50 ms", async () => {
  using time = new FakeTime();
  await using site = await startSite(time);
  await site.controller.advance(5_000);
  site.controller.source.put(sampleWorkload("shop", ["reg.lab/shop:1"]));
  await site.controller.advance(50);
  for (const agent of [site.plain, site.gpu]) {
    assertEquals(agent.runtime.pulls.at(-1), "reg.lab/shop:1");
  }
});

Deno.test("a node that joins is warmed, one that is skipped stays as it is", async () => {
  using time = new FakeTime();
  await using site = await startSite(time);
  site.controller.source.put(sampleNode("late", { labels: { gpu: "yes" } }));
  site.controller.source.put(sampleNode("skipped", { skip: true }));
  await site.controller.advance(5_000);
  const join = (node: string) =>
    startAgent(time, { node, bucket: site.controller.bucket.another(), source: "none" });
  await using late = await join("late");
  await using skipped = await join("skipped");
  await late.advance(1_000);
  assertEquals(presentOn(late), [APP, GPU]);
  assertEquals(presentOn(skipped), []);
});

Deno.test("everything is written again after the bucket was lost, and nothing pulled again", async () => {
  using time = new FakeTime();
  await using site = await startSite(time);
  await site.controller.advance(5_000);
  const pulls = [site.plain, site.gpu].map((agent) => agent.runtime.pulls.length);
  const keys = [...site.controller.bucket.values.keys()].sort();
  site.controller.bucket.wipe();
  await site.controller.advance(5_000);
  assertEquals([...site.controller.bucket.values.keys()].sort(), keys);
  assertEquals([site.plain, site.gpu].map((agent) => agent.runtime.pulls.length), pulls);
  assertEquals(site.gpu.report()?.images[GPU]?.state, "warm");
});

Deno.test("agents keep what they know warm while controller and bucket are away", async () => {
  using time = new FakeTime();
  await using site = await startSite(time);
  await site.controller.advance(5_000);
  await site.controller.stop();
  for (const { connection } of [site.plain, site.gpu]) connection.cut();
  site.gpu.runtime.restart({ wipe: true });
  await site.gpu.advance(60_000);
  assertEquals(presentOn(site.gpu), [APP, GPU]);
});

Deno.test("an image that nothing wants any more stays on the nodes", async () => {
  using time = new FakeTime();
  await using site = await startSite(time);
  await site.controller.advance(5_000);
  site.controller.source.remove("web");
  await site.controller.advance(62 * 60_000);
  assertEquals(site.controller.wanted(APP), undefined);
  assertEquals(site.plain.report()?.images, {});
  assert(presentOn(site.plain).includes(APP));
});

Deno.test("a second controller takes over where the first one left", async () => {
  using time = new FakeTime();
  await using site = await startSite(time);
  await site.controller.advance(5_000);
  const { source } = site.controller;
  await site.controller.stop();
  source.workloads.set("shop", sampleWorkload("shop", ["reg.lab/shop:1"]));
  await using second = await startController(time, {
    source,
    bucket: site.controller.bucket.another(),
    identity: "controller-1",
  });
  await second.advance(2_000);
  assertEquals(second.writes.filter(({ type }) => type === "delete"), []);
  const written = [META_KEY, wantedKey("reg.lab/shop:1"), whyKey("reg.lab/shop:1")];
  assertEquals([...new Set(second.writes.map(({ key }) => key))], written);
  assertEquals(site.plain.runtime.pulls, [APP, "reg.lab/shop:1"]);
});
