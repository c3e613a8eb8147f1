// Which key counts as a node's, and what becomes of those that do not, by a whole controller.
import { assertEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { NODE_KEY_PREFIX, nodeKeyKey } from "../../mod/pure/bucket/sealed_keys.ts";
import {
  type GivingController,
  PASSWORD,
  PRIVATE,
  startGiving,
} from "../harness/fakes/giving_controller.ts";
import { sampleNode, sampleWorkload } from "../harness/fakes/sample_values.ts";

const MINUTE = 60_000;

Deno.test("what nodes that are gone have shown is taken away once, and not again and again", async () => {
  using time = new FakeTime();
  await using controller = await startGiving(time);
  await wants(controller, "n1", "n2");
  await controller.agent("n2");
  await controller.advance(MINUTE);
  controller.source.remove("n2");
  await controller.advance(30 * MINUTE);
  const deleted = controller.writes.filter(({ type, key }) =>
    type === "delete" && key.startsWith(NODE_KEY_PREFIX)
  );
  assertEquals(deleted.map(({ key }) => key), [nodeKeyKey("n2")]);
});

Deno.test("a Node of which is heard long after its agent has shown a key gets its logins", async () => {
  using time = new FakeTime();
  await using controller = await startGiving(time);
  await wants(controller, "n1");
  const agent = await controller.agent("n2", { uid: "uid-n2" });
  await controller.advance(10 * MINUTE);
  controller.source.put(sampleNode("n2", { uid: "uid-n2" }));
  await controller.report("n2", { [PRIVATE]: "waiting" });
  await controller.advance(10_000);
  assertEquals(await agent.login(), PASSWORD);
});

Deno.test("a token that proves nothing yet is looked at again, and once it does counts", async () => {
  using time = new FakeTime();
  await using controller = await startGiving(time);
  await wants(controller, "n1");
  const startsS = Date.now() / 1000 + 5 * 60;
  const agent = await controller.agent("n1", { claims: { nbf: startsS } });
  await controller.report("n1", { [PRIVATE]: "waiting" });
  await controller.advance(4 * MINUTE);
  assertEquals(await agent.login(), undefined);
  await controller.advance(2 * MINUTE);
  assertEquals(await agent.login(), PASSWORD);
});

Deno.test("a token that proves nothing for good is looked at once", async () => {
  using time = new FakeTime();
  await using controller = await startGiving(time);
  await wants(controller, "n1");
  await controller.agent("n1", { claims: { sub: "system:serviceaccount:shop:default" } });
  await controller.advance(10 * MINUTE);
  assertEquals(controller.metrics.total("warm_images_node_keys_total", { result: "refused" }), 1);
});

async function wants(controller: GivingController, ...nodes: readonly string[]) {
  const { source } = controller;
  source.put(...nodes.map((name) => sampleNode(name)));
  source.put(sampleWorkload("web", [PRIVATE], { pullSecrets: ["regcred"] }));
  const marks = { private: "bytes" as const };
  source.namespaces.set("shop", { name: "shop", skip: false, marks });
  source.changed();
  await controller.advance(2_000);
}
