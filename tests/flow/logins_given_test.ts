// Logins of pull secrets on their way from the controller to nodes, by a whole controller in fake time.
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { nodeKeyKey, sealedPrefix, SEALER_KEY } from "../../mod/pure/bucket/sealed_keys.ts";
import {
  lacking,
  mark,
  PASSWORD,
  PRIVATE,
  secretOf,
  startGiving,
  wants,
} from "../harness/fakes/giving_controller.ts";
import { memoryStore } from "../harness/fakes/memory_store.ts";
import { sampleNode, sampleWorkload } from "../harness/fakes/sample_values.ts";

const MINUTE = 60_000;

Deno.test("a node gets the login of an image that it lacks, until it has reported it", async () => {
  using time = new FakeTime();
  await using controller = await startGiving(time);
  await wants(controller);
  const agent = await controller.agent("n1");
  await controller.advance(MINUTE);
  assertEquals([controller.sealed(), controller.reads], [[], []], "the node has not reported");
  await controller.report("n1", { [PRIVATE]: "waiting" });
  await controller.advance(5_000);
  assertEquals([await agent.login(), agent.changed], [PASSWORD, [PRIVATE]]);
  assertEquals(controller.sealed().length, 1);
  await controller.report("n1", { [PRIVATE]: "warm" });
  await controller.advance(5_000);
  assertEquals([await agent.login(), controller.sealed()], [undefined, []]);
});

Deno.test("nothing is read while no node lacks anything", async () => {
  using time = new FakeTime();
  await using controller = await startGiving(time);
  await wants(controller);
  await controller.agent("n1");
  await controller.report("n1", { [PRIVATE]: "warm" });
  await controller.advance(60 * MINUTE);
  assertEquals(controller.reads, []);
});

Deno.test("a Secret that changes is given anew within a minute and a half, and the login with it", async () => {
  using time = new FakeTime();
  await using controller = await startGiving(time);
  const agent = await lacking(controller);
  controller.secrets.set("shop/regcred", secretOf("rotated-1", "2"));
  await controller.advance(1.5 * MINUTE);
  assertEquals(await agent.login(), "rotated-1");
  assertEquals(controller.sealed().length, 1);
});

Deno.test("a login counts for ten minutes, and is given anew while it is needed", async () => {
  using time = new FakeTime();
  await using controller = await startGiving(time);
  const agent = await lacking(controller);
  for (let hour = 0; hour < 3; hour++) {
    await controller.advance(60 * MINUTE);
    assertEquals(await agent.login(), PASSWORD);
  }
  assertEquals(agent.changed, [PRIVATE], "one that is the same is no new chance at the registry");
  controller.connection.cut();
  await controller.advance(11 * MINUTE);
  assertEquals(await agent.login(), undefined);
});

for (const mode of ["off", undefined] as const) {
  Deno.test(`a login is taken back when the namespace ${mode ? "says off" : "drops its mark"}`, async () => {
    using time = new FakeTime();
    await using controller = await startGiving(time);
    const agent = await lacking(controller);
    mark(controller, mode);
    await controller.advance(5_000);
    assertEquals([controller.sealed(), await agent.login()], [[], undefined]);
  });
}

Deno.test("what is taken back goes, also while others cannot be given theirs", async () => {
  using time = new FakeTime();
  await using controller = await startGiving(time);
  await lacking(controller);
  controller.source.put(sampleNode("n2"));
  await controller.agent("n2");
  const { connection } = controller;
  const put = connection.put.bind(connection);
  connection.put = (key, ...rest) =>
    key.startsWith(sealedPrefix("n2")) ? Promise.reject(new Error("no room")) : put(key, ...rest);
  await controller.report("n2", { [PRIVATE]: "waiting" });
  await controller.report("n1", { [PRIVATE]: "warm" });
  await controller.advance(MINUTE);
  assertEquals(controller.sealed(), []);
});

Deno.test("only nodes that may run the pods get their login", async () => {
  using time = new FakeTime();
  await using controller = await startGiving(time);
  controller.source.put(
    sampleNode("n1"),
    sampleWorkload("web", [PRIVATE], {
      pullSecrets: ["regcred"],
      placement: { nodeSelector: { pool: "shop" } },
    }),
  );
  mark(controller, "bytes");
  await controller.agent("n1");
  await controller.report("n1", { [PRIVATE]: "waiting" });
  await controller.advance(MINUTE);
  assertEquals(controller.sealed(), []);
});

Deno.test("a Secret that is not listed is not read, whoever names it", async () => {
  using time = new FakeTime();
  await using controller = await startGiving(time);
  controller.source.put(
    sampleNode("n1"),
    sampleWorkload("web", [PRIVATE], { pullSecrets: ["master-key"] }),
  );
  mark(controller, "bytes");
  await controller.agent("n1");
  await controller.report("n1", { [PRIVATE]: "waiting" });
  await controller.advance(5 * MINUTE);
  assertEquals([controller.reads, controller.sealed()], [[], []]);
});

Deno.test("who has an agent's login at NATS gets nothing by a key of his own in the place of a node's", async () => {
  using time = new FakeTime();
  await using controller = await startGiving(time);
  const agent = await lacking(controller);
  const shown = controller.bucket.values.get(nodeKeyKey("n1")) ?? "";
  const before = controller.sealed();
  // What the node has shown, for a node of his own.
  await controller.meddle(nodeKeyKey("n2"), { ...JSON.parse(shown), node: "n2" });
  controller.source.put(sampleNode("n2"));
  await controller.report("n2", { [PRIVATE]: "waiting" });
  await controller.advance(MINUTE);
  assertEquals(controller.sealed(), before);
  // A bare key, for which the administrator has not spoken.
  await controller.meddle(nodeKeyKey("n1"), { v: 1, node: "n1", publicKey: "thief" });
  await controller.advance(MINUTE);
  assertEquals([controller.sealed(), await agent.login()], [before, PASSWORD]);
  const [key = ""] = before;
  assertEquals(controller.bucket.values.get(key)?.includes("thief"), false);
  // Nothing at all.
  await controller.bucket.another().delete(nodeKeyKey("n1"), {
    signal: new AbortController().signal,
  });
  await controller.advance(MINUTE);
  assertEquals([controller.sealed(), await agent.login()], [before, PASSWORD]);
});

Deno.test("a login that was made for one image does not open as that of another", async () => {
  using time = new FakeTime();
  await using controller = await startGiving(time);
  const agent = await lacking(controller);
  const [key = ""] = controller.sealed();
  const value = JSON.parse(controller.bucket.values.get(key) ?? "");
  await controller.stop();
  const forged = `${sealedPrefix("n1")}x`;
  await controller.meddle(forged, { ...value, image: "reg.lab/other:1" });
  await controller.advance(2_000);
  assertEquals(agent.metrics.total("warm_images_taken_logins_total", { result: "refused" }), 1);
  assertEquals(agent.changed, [PRIVATE]);
});

Deno.test("clocks an hour apart change nothing", async () => {
  using time = new FakeTime();
  await using controller = await startGiving(time);
  controller.clock.step(-60 * MINUTE);
  const agent = await lacking(controller);
  assertEquals(await agent.login(), PASSWORD);
  await controller.advance(30 * MINUTE);
  assertEquals(await agent.login(), PASSWORD);
});

Deno.test("an agent that was started anew is given logins for its new key", async () => {
  using time = new FakeTime();
  await using controller = await startGiving(time);
  const before = await lacking(controller);
  await before.stop();
  const agent = await controller.agent("n1");
  await controller.advance(2 * MINUTE);
  assertEquals([await agent.login(), controller.sealed().length], [PASSWORD, 1]);
});

Deno.test("another controller that leads is shown the keys anew, and goes on", async () => {
  using time = new FakeTime();
  const bucket = memoryStore();
  await using first = await startGiving(time, { bucket });
  const agent = await lacking(first);
  await first.stop();
  await using second = await startGiving(time, { bucket });
  const sealer = bucket.values.get(SEALER_KEY);
  await wants(second);
  await second.advance(3 * MINUTE);
  assert(sealer !== undefined);
  assertEquals(second.metrics.total("warm_images_node_keys_total", { result: "proven" }), 1);
  assertEquals([await agent.login(), second.sealed().length], [PASSWORD, 1]);
  await second.report("n1", { [PRIVATE]: "warm" });
  await second.advance(MINUTE);
  assertEquals(second.sealed(), []);
});

Deno.test("a bucket that was lost gets the keys and the logins again", async () => {
  using time = new FakeTime();
  await using controller = await startGiving(time);
  const agent = await lacking(controller);
  controller.bucket.wipe();
  await controller.advance(2_000);
  await controller.report("n1", { [PRIVATE]: "waiting" });
  await controller.advance(2 * MINUTE);
  assertEquals([await agent.login(), controller.sealed().length], [PASSWORD, 1]);
});

const USELESS = {
  "is no JSON": { text: "{", why: /not JSON/ },
  "names no such registry": { text: '{"auths":{"other.lab":{"auth":"YTpi"}}}', why: /serves/ },
  "is empty": { text: "", why: /empty/ },
  "holds more than a message of NATS takes": {
    text: JSON.stringify({ auths: { "reg.lab": { username: "a", password: "b".repeat(1e6) } } }),
    why: /longer than 32768 characters/,
  },
};
for (const [what, { text, why }] of Object.entries(USELESS)) {
  Deno.test(`a Secret that ${what} is named, and others go on`, async () => {
    using time = new FakeTime();
    await using controller = await startGiving(time);
    const { SecretText } = await import("../../mod/pure/registry_logins/secret_text.ts");
    const config = new SecretText(text);
    controller.secrets.set("shop/regcred", { result: "found", version: "1", config });
    await lacking(controller);
    await controller.advance(5 * MINUTE);
    assertEquals(controller.sealed(), []);
    const told = controller.logger.lines.filter(({ fields }) =>
      fields["secret"] === "shop/regcred"
    );
    assertEquals(told.length, 1);
    assert(why.test(String(told[0]?.fields["reason"])), String(told[0]?.fields["reason"]));
  });
}

Deno.test("a Role that is missing is named with what to run", async () => {
  using time = new FakeTime();
  await using controller = await startGiving(time);
  const right = "kubectl create role";
  controller.secrets.set("shop/regcred", { result: "none", why: "it may not be read", right });
  await lacking(controller);
  await controller.advance(5 * MINUTE);
  const told = controller.logger.lines.filter(({ fields }) => fields["grant"] === right);
  assertEquals(told.length, 1);
});

Deno.test("what is no login in the bucket is taken away, or skipped, and never fatal", async () => {
  using time = new FakeTime();
  await using controller = await startGiving(time);
  const agent = await lacking(controller);
  await controller.meddle(`${sealedPrefix("n1")}garbage`, "garbage");
  await controller.meddle(nodeKeyKey("n5"), "garbage");
  await controller.advance(MINUTE);
  assertEquals([controller.sealed().length, await agent.login()], [1, PASSWORD]);
});

Deno.test("no password stands in the bucket, nor in any line of either log", async () => {
  using time = new FakeTime();
  await using controller = await startGiving(time);
  const agent = await lacking(controller);
  await controller.advance(5 * MINUTE);
  assertEquals(await agent.login(), PASSWORD);
  const all = JSON.stringify([
    [...controller.bucket.values],
    controller.logger.lines,
    agent.logger.lines,
    Deno.inspect(agent.taker, { depth: 20 }),
  ]);
  assertStringIncludes(all, "regcred");
  assertEquals(all.includes(PASSWORD), false);
});
