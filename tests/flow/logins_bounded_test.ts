// How many logins of pull secrets are read and given, whatever nodes lack, and when none are.
import { assert, assertEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { SEALER_KEY } from "../../mod/pure/bucket/sealed_keys.ts";
import {
  lacking,
  PASSWORD,
  PRIVATE,
  startGiving,
  wants,
} from "../harness/fakes/giving_controller.ts";
import { memoryStore } from "../harness/fakes/memory_store.ts";
import { sampleNode, sampleWorkload } from "../harness/fakes/sample_values.ts";
import { startController } from "../harness/fakes/test_controller.ts";

const MINUTE = 60_000;

Deno.test("one Secret is read once a minute, however many nodes and images need it", async () => {
  using time = new FakeTime();
  await using controller = await startGiving(time);
  await wants(controller, [PRIVATE, "reg.lab/shop/b:1", "reg.lab/shop/c:1"]);
  for (const name of ["n1", "n2", "n3"]) {
    controller.source.put(sampleNode(name));
    await controller.agent(name);
    await controller.report(name, { [PRIVATE]: "waiting" });
  }
  await controller.advance(10 * MINUTE);
  assertEquals(controller.sealed().length, 9);
  assert(controller.reads.length <= 11, `${controller.reads.length} reads`);
});

Deno.test("at most twenty images of a node have logins at a time, the most urgent ones", async () => {
  using time = new FakeTime();
  await using controller = await startGiving(time);
  const images = Array.from({ length: 30 }, (_, at) => `reg.lab/shop/app:${at}`);
  await wants(controller, images);
  await controller.agent("n1");
  await controller.report("n1", { [images[0] ?? ""]: "waiting" });
  await controller.advance(MINUTE);
  assertEquals(controller.sealed().length, 20);
});

Deno.test("images that fail for days keep no others from their logins", async () => {
  using time = new FakeTime();
  await using controller = await startGiving(time);
  const images = Array.from({ length: 30 }, (_, at) => `reg.lab/shop/app:${at}`);
  await wants(controller, images);
  const agent = await controller.agent("n1");
  await controller.report("n1", Object.fromEntries(images.map((image) => [image, "failed"])));
  await controller.advance(MINUTE);
  assertEquals(controller.sealed().length, 20, "they are tried again");
  controller.source.put(sampleWorkload("late", [PRIVATE], { pullSecrets: ["regcred"] }));
  await controller.report("n1", {
    ...Object.fromEntries(images.map((image) => [image, "failed"])),
    [PRIVATE]: "waiting",
  });
  await controller.advance(MINUTE);
  assertEquals([controller.sealed().length, await agent.login()], [20, PASSWORD]);
});

Deno.test("a controller that gives none takes back what the one before has given", async () => {
  using time = new FakeTime();
  const bucket = memoryStore();
  await using before = await startGiving(time, { bucket });
  const agent = await lacking(before);
  assertEquals([before.sealed().length, bucket.values.has(SEALER_KEY)], [1, true]);
  await before.stop();
  await using after = await startController(time, { bucket });
  await after.advance(MINUTE);
  assertEquals([before.sealed(), bucket.values.has(SEALER_KEY)], [[], false]);
  assertEquals(await agent.login(), undefined);
});

Deno.test("logins wait for room while what is wanted lacks it", async () => {
  using time = new FakeTime();
  await using controller = await startGiving(time);
  await wants(controller, Array.from({ length: 300 }, (_, at) => `reg.lab/shop/app:${at}`));
  await controller.agent("n1");
  controller.bucket.limit = { bytes: 32 * 1024, tells: true };
  await controller.advance(MINUTE);
  await controller.report("n1", { [PRIVATE]: "waiting" });
  await controller.advance(MINUTE);
  assertEquals(controller.sealed(), []);
  controller.bucket.limit = { bytes: 2 ** 20, tells: true };
  await controller.advance(2 * MINUTE);
  assertEquals(controller.sealed().length, 20);
});
