// Private images in the bucket while marks of namespaces change.
import { assert, assertEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import type { PrivateMode } from "../../mod/pure/private_images/private_mode.ts";
import { wantedKey, whyKey } from "../../mod/pure/bucket/state_keys.ts";
import { decodeWhy } from "../../mod/pure/bucket/wire.ts";
import { sampleWorkload } from "../harness/fakes/sample_values.ts";
import { startController } from "../harness/fakes/test_controller.ts";

const APP = "reg.lab/app:1";
const SECRET = { namespace: "shop", name: "regcred" };

Deno.test("an image whose namespace takes its mark back leaves the bucket at once, and says why", async () => {
  using time = new FakeTime();
  await using controller = await startController(time);
  const { source, bucket } = controller;
  const mark = async (mode: PrivateMode | undefined) => {
    const marks = mode && { marks: { private: mode } };
    source.namespaces.set("shop", { name: "shop", skip: false, ...marks });
    source.changed();
    await controller.advance(1_000);
  };
  source.put(sampleWorkload("web", [APP], { pullSecrets: ["regcred"] }));
  await mark("bytes");
  assertEquals(controller.wanted(APP)?.private, [{ mode: "bytes", secrets: [SECRET] }]);

  await mark("off");
  assertEquals(bucket.values.has(wantedKey(APP)), false);
  const why = decodeWhy(bucket.values.get(whyKey(APP)) ?? "");
  assertEquals("value" in why && why.value.withheld, { count: 1, namespaces: ["shop"] });
  const told = "1 private image left out by warm-images/private in namespace shop";
  assertEquals(controller.conditions.notes.get("private"), told);

  await mark("bytes");
  assert(controller.wanted(APP));
  assertEquals(controller.conditions.notes.get("private"), undefined);
  await mark(undefined);
  source.remove("web");
  await controller.advance(1_000);
  assertEquals(controller.conditions.notes.get("private"), undefined);
});

Deno.test("a controller that may not read Namespaces takes no private image for left out", async () => {
  using time = new FakeTime();
  await using controller = await startController(time);
  const { source, bucket } = controller;
  source.put(sampleWorkload("web", [APP], { pullSecrets: ["regcred"] }));
  source.namespaces.set("shop", { name: "shop", skip: false, marks: { private: "bytes" } });
  source.changed();
  await controller.advance(1_000);
  const before = new Map(bucket.values);
  source.namespaces.clear();
  source.unread.add("Namespace");
  source.changed();
  await controller.advance(10 * 60_000);
  for (const key of [wantedKey(APP), whyKey(APP)]) {
    assertEquals(bucket.values.get(key), before.get(key));
  }
  assertEquals(controller.conditions.notes.get("private"), undefined);
});

Deno.test("namespaces that ask in vain are logged when these are others, and not with each image", async () => {
  using time = new FakeTime();
  await using controller = await startController(time);
  const { source, logger } = controller;
  const lines = () =>
    logger.lines.map(({ message }) => message).filter((each) => /private/.test(each));
  const put = async (name: string, image: string, namespace: string) => {
    source.put(sampleWorkload(name, [image], { namespace, pullSecrets: ["regcred"] }));
    await controller.advance(1_000);
  };
  await put("a", "reg.lab/a:1", "shop");
  await put("b", "reg.lab/b:1", "shop");
  assertEquals(lines(), ["Left out: 1 private image by warm-images/private in namespace shop"]);
  await put("c", "reg.lab/c:1", "bank");
  assertEquals(lines().slice(1), [
    "Left out: 3 private images by warm-images/private in namespaces bank, shop",
  ]);
});
