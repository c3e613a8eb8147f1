// Which key counts as a node's, and what becomes of those that do not, by a whole controller.
import { assert, assertEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { NODE_KEY_PREFIX, nodeKeyKey } from "../../mod/pure/bucket/sealed_keys.ts";
import {
  type AgentOptions,
  lacking,
  PASSWORD,
  PRIVATE,
  startGiving,
  wants,
} from "../harness/fakes/giving_controller.ts";
import { NO_POINT, plainSealing } from "../harness/fakes/plain_sealing.ts";
import { sampleNode } from "../harness/fakes/sample_values.ts";

const MINUTE = 60_000;

Deno.test("what nodes that are gone have shown is taken away once, and not again and again", async () => {
  using time = new FakeTime();
  await using controller = await startGiving(time);
  await wants(controller);
  controller.source.put(sampleNode("n2"));
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
  await wants(controller);
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
  await wants(controller);
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
  await wants(controller);
  await controller.agent("n1", { claims: { sub: "system:serviceaccount:shop:default" } });
  await controller.advance(10 * MINUTE);
  assertEquals(controller.metrics.total("warm_images_node_keys_total", { result: "refused" }), 1);
});

const NOT_PROVEN: Readonly<Record<string, [about: AgentOptions, why: RegExp]>> = {
  "has expired": [{ claims: { exp: 1 } }, /expired/],
  "is for another audience": [{ claims: { aud: ["https://kubernetes"] } }, /audience/],
  "is for NATS": [{ claims: { aud: ["warm-images-nats"] } }, /audience/],
  "is of another account": [
    { claims: { sub: "system:serviceaccount:shop:default" } },
    /system:serviceaccount:shop:default/,
  ],
  "is of another cluster": [{ claims: { iss: "https://elsewhere" } }, /issuer/],
  "is of another node": [
    { claims: { "kubernetes.io": { node: { name: "n2", uid: "uid-n2" } } } },
    /another node/,
  ],
  "names no node": [{ claims: { "kubernetes.io": {} } }, /does not name a node/],
  "is not valid yet": [{ claims: { nbf: 4e9 } }, /not valid yet/],
};
for (const [what, [about, why]] of Object.entries(NOT_PROVEN)) {
  Deno.test(`a node whose token ${what} gets nothing, and the log says why`, async () => {
    using time = new FakeTime();
    await using controller = await startGiving(time);
    const agent = await lacking(controller, about);
    assertEquals([controller.sealed(), await agent.login()], [[], undefined]);
    const told = controller.logger.lines.filter(({ level }) => level === "warn")
      .map(({ fields }) => String(fields["reason"]));
    assertEquals(told.filter((reason) => why.test(reason)).length, 1, told.join("\n"));
    assertEquals(controller.metrics.total("warm_images_node_keys_total", { result: "proven" }), 0);
  });
}

Deno.test("a token of a Node that was made anew since counts for nothing", async () => {
  using time = new FakeTime();
  await using controller = await startGiving(time);
  await lacking(controller);
  controller.source.put(sampleNode("n1", { uid: "another" }));
  await controller.advance(5_000);
  await controller.report("n1", { [PRIVATE]: "waiting" });
  await controller.advance(MINUTE);
  assertEquals(controller.sealed(), []);
});

Deno.test("the key of a node that is gone is taken away", async () => {
  using time = new FakeTime();
  await using controller = await startGiving(time);
  await lacking(controller);
  controller.source.put(sampleNode("n2"));
  controller.source.remove("n1");
  await controller.advance(MINUTE);
  assertEquals([controller.bucket.values.has(nodeKeyKey("n1")), controller.sealed()], [false, []]);
});

Deno.test("a key that nothing can be encrypted to is named, and other nodes get their logins", async () => {
  using time = new FakeTime();
  await using controller = await startGiving(time, {
    nodeKeys: [{ node: "n0", fingerprint: `SHA256:${NO_POINT}` }],
  });
  controller.source.put(sampleNode("n0"));
  await controller.meddle(nodeKeyKey("n0"), { v: 1, node: "n0", publicKey: NO_POINT });
  await controller.report("n0", { [PRIVATE]: "waiting" });
  const agent = await lacking(controller);
  await controller.advance(5 * MINUTE);
  assertEquals([await agent.login(), controller.sealed().length], [PASSWORD, 1]);
  const told = controller.logger.lines.filter(({ fields }) => fields["node"] === "n0");
  assertEquals(told.map(({ fields }) => fields["reason"]), ["it is no key"]);
});

Deno.test("hundreds of keys of nodes that do not exist are taken away, and fill no log", async () => {
  using time = new FakeTime();
  await using controller = await startGiving(time);
  const agent = await lacking(controller);
  const { signal } = new AbortController();
  const forger = controller.bucket.another();
  for (let at = 0; at < 300; at++) {
    await forger.put(nodeKeyKey(`ghost-${at}`), "x".repeat(at % 2 === 0 ? 10 : 20_000), { signal });
  }
  const lines = controller.logger.lines.length;
  await controller.advance(2 * MINUTE);
  const ghosts = [...controller.bucket.values.keys()].filter((key) => key.includes("ghost"));
  assertEquals([ghosts.length, await agent.login()], [0, PASSWORD]);
  assert(controller.logger.lines.length - lines < 5);
});

Deno.test("a whole fleet whose tokens prove nothing is told of in a few lines", async () => {
  using time = new FakeTime();
  await using controller = await startGiving(time);
  const { signal } = new AbortController();
  const fleet = Array.from({ length: 300 }, (_, at) => `m${at}`);
  controller.source.put(...fleet.map((name) => sampleNode(name)));
  for (const name of fleet) {
    await controller.bucket.another().put(nodeKeyKey(name), "garbage", { signal });
  }
  const agent = await lacking(controller);
  await controller.advance(5 * MINUTE);
  assertEquals(await agent.login(), PASSWORD);
  assertEquals(controller.metrics.total("warm_images_node_keys_total", { result: "refused" }), 300);
  const told = controller.logger.lines.filter(({ level }) => level === "warn");
  assert(told.length <= 12, `${told.length} lines`);
  assertEquals(told.at(-1)?.fields["nodes"], 290);
});

Deno.test("a key that the administrator has named needs no token", async () => {
  using time = new FakeTime();
  const keys = await plainSealing().keysOf("edge");
  await using controller = await startGiving(time, {
    nodeKeys: [{ node: "n1", fingerprint: keys.fingerprint }],
  });
  const agent = await lacking(controller, { proof: { type: "keys", keys } });
  assertEquals(await agent.login(), PASSWORD);
});
