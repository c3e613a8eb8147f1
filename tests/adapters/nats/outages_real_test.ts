import { assert, assertEquals, assertRejects } from "@std/assert";
import { connect, type NatsConnection } from "nats";
import { followed } from "../../harness/followed.ts";
import { startNatsServer, type TestNats } from "../../harness/servers/nats_server.ts";
import { openTestStore } from "../../harness/servers/nats_stores.ts";
import { freePort } from "../../harness/ports.ts";
import { waitUntil } from "../../harness/wait.ts";
import { realTest, reasonToSkip } from "../../harness/servers/skipping.ts";
import { startTcpProxy } from "../../harness/servers/tcp_proxy.ts";
import { never } from "../../harness/signals.ts";

const skip = await reasonToSkip("nats-server");
const STREAM = "KV_warm-images";

realTest(
  "a store whose server is down at first says so once, and heals by itself",
  skip,
  async () => {
    const port = freePort();
    const settings = { urls: [`nats://127.0.0.1:${port}`], bucket: "warm-images" };
    await using harness = openTestStore(settings, "controller");
    await using tail = followed(harness.store, "wanted.>");
    await harness.untilReason(`Cannot reach NATS at nats://127.0.0.1:${port} (`);
    await assertRejects(
      () => harness.store.put("wanted.a", "1", { signal: never() }),
      Error,
      "Cannot reach NATS",
    );
    assertEquals(harness.logged().length, 1);
    await using _nats = await startNatsServer({ port });
    await harness.untilReady();
    await harness.store.put("wanted.a", "1", { signal: never() });
    await tail.untilHeld({ "wanted.a": "1" });
    assertEquals(harness.logged().slice(1), ["Connected to NATS"]);
    assertEquals(harness.metrics.total("warm_images_store_writes_total", { result: "failed" }), 1);
    assertEquals(harness.metrics.total("warm_images_store_writes_total", { result: "ok" }), 1);
    assertEquals(harness.metrics.total("warm_images_reconnects_total"), 0);
  },
);

realTest("a store tries every server it knows", skip, async () => {
  await using nats = await startNatsServer();
  const nobody = `nats://127.0.0.1:${freePort()}`;
  await using harness = openTestStore({ ...nats.settings, urls: [nobody, nats.url] }, "controller");
  await harness.untilReady();
  await nats.stop();
  await harness.untilReason(`${nobody} (`);
  await harness.untilReason(`${nats.url} (`);
});

realTest(
  "JetStream switched off is named with both ways to switch it on, and heals",
  skip,
  async () => {
    await using nats = await startNatsServer({ jetstream: false });
    await using harness = openTestStore(nats.settings, "controller");
    await harness.untilReason("JetStream is off on the NATS server at nats://127.0.0.1:");
    const reason = harness.reason() ?? "";
    for (const way of ["jetstream {}", "nats-server -js", "config.jetstream.enabled=true"]) {
      assert(reason.includes(way), reason);
    }
    await nats.restart({ jetstream: true });
    await harness.untilReady();
    await using tail = followed(harness.store, "wanted.>");
    await harness.store.put("wanted.a", "1", { signal: never() });
    await tail.untilHeld({ "wanted.a": "1" });
    await nats.restart({ jetstream: false });
    await harness.untilReason("JetStream is off");
    await nats.restart({ jetstream: true });
    await harness.untilReady();
    await harness.store.put("wanted.b", "2", { signal: never() });
    await tail.untilHeld({ "wanted.a": "1", "wanted.b": "2" });
    assertEquals(tail.resets, 1);
  },
);

realTest("an agent waits for the controller to create the bucket", skip, async () => {
  await using nats = await startNatsServer();
  await using agent = openTestStore(nats.settings, "agent");
  await using tail = followed(agent.store, "wanted.>");
  await agent.untilReason('Waiting for the controller to create bucket "warm-images"');
  await using controller = openTestStore(nats.settings, "controller");
  await controller.untilReady();
  await controller.store.put("wanted.a", "1", { signal: never() });
  await agent.untilReady();
  await tail.untilHeld({ "wanted.a": "1" });
});

realTest(
  "a bucket deleted while running is recreated, and followers begin again",
  skip,
  async () => {
    await using nats = await startNatsServer();
    await using controller = openTestStore(nats.settings, "controller");
    await using agent = openTestStore(nats.settings, "agent");
    await controller.untilReady();
    await controller.store.put("wanted.a", "1", { signal: never() });
    await using near = followed(controller.store, "wanted.>", "meta");
    await using far = followed(agent.store, "wanted.>", "node.x");
    for (const tail of [near, far]) await tail.untilHeld({ "wanted.a": "1" });
    await withAdmin(nats, async (admin) => {
      await (await admin.jetstreamManager()).streams.delete(STREAM);
    });
    for (const tail of [near, far]) {
      await waitUntil("the follower begins again", () => tail.resets === 2 && tail.synced);
      assertEquals([...tail.held], []);
    }
    await controller.store.put("wanted.b", "2", { signal: never() });
    for (const tail of [near, far]) await tail.untilHeld({ "wanted.b": "2" });
    assert(controller.logged().some((line) => line.includes("was deleted")), controller.said());
  },
);

realTest("a bucket replaced between two looks is noticed", skip, async () => {
  await using nats = await startNatsServer();
  await using proxy = startTcpProxy(nats.port);
  {
    await using controller = openTestStore(nats.settings, "controller");
    await controller.untilReady();
    for (const key of ["wanted.a", "wanted.b"]) {
      await controller.store.put(key, "old", { signal: never() });
    }
  }
  const behind = { ...nats.settings, urls: [`nats://127.0.0.1:${proxy.port}`] };
  await using agent = openTestStore(behind, "agent");
  await using tail = followed(agent.store, "wanted.>");
  await tail.untilHeld({ "wanted.a": "old", "wanted.b": "old" });
  proxy.hold();
  await withAdmin(nats, async (admin) => {
    const { streams } = await admin.jetstreamManager();
    const { config } = await streams.info(STREAM);
    await streams.delete(STREAM);
    await streams.add(config);
    await (await admin.jetstream().views.kv("warm-images")).put("wanted.a", "new");
  });
  proxy.release();
  await tail.untilHeld({ "wanted.a": "new" });
  assertEquals(tail.resets, 2);
  assert(agent.logged().some((line) => line.includes("was recreated")), agent.said());
});

realTest(
  "what changed while a follower was away is told when it comes back, and no more",
  skip,
  async () => {
    await using nats = await startNatsServer();
    await using proxy = startTcpProxy(nats.port);
    const behind = { ...nats.settings, urls: [`nats://127.0.0.1:${proxy.port}`] };
    await using controller = openTestStore(nats.settings, "controller");
    await using agent = openTestStore(behind, "agent");
    await controller.untilReady();
    for (const key of ["a", "b", "c", "d"]) {
      await controller.store.put(
        `wanted.${key}`,
        "1",
        { signal: never() },
      );
    }
    await using tail = followed(agent.store, "wanted.>");
    await waitUntil("all is listed", () => tail.synced);
    const told = tail.changes.length;
    proxy.cut();
    await agent.untilReason("NATS");
    await controller.store.delete("wanted.a", { signal: never() });
    await controller.store.delete("wanted.b", { signal: never() });
    await controller.store.put("wanted.c", "2", { signal: never() });
    await withAdmin(nats, async (admin) => { // as a sweep of old markers does
      const { streams } = await admin.jetstreamManager();
      await streams.purge(STREAM, { filter: "$KV.warm-images.wanted.b" });
    });
    proxy.restore();
    await tail.untilHeld({ "wanted.c": "2", "wanted.d": "1" });
    const since = tail.changes.slice(told).map((change) => JSON.stringify(change)).sort();
    assertEquals(since, [
      '{"type":"delete","key":"wanted.a"}',
      '{"type":"delete","key":"wanted.b"}',
      '{"type":"put","key":"wanted.c","value":"2"}',
    ]);
    assertEquals(agent.metrics.total("warm_images_reconnects_total", { to: "nats" }), 1);
  },
);

realTest("a watch whose consumer the server lost goes on", skip, async () => {
  await using nats = await startNatsServer();
  await using harness = openTestStore(nats.settings, "controller");
  await harness.untilReady();
  await using tail = followed(harness.store, "wanted.>");
  await tail.untilSynced();
  await withAdmin(nats, async (admin) => {
    const { consumers } = await admin.jetstreamManager();
    for await (const { name } of consumers.list(STREAM)) await consumers.delete(STREAM, name);
  });
  await harness.store.put("wanted.a", "1", { signal: never() });
  await tail.untilHeld({ "wanted.a": "1" });
});

realTest(
  "values that are not text, or larger than ours ever are, do not stop a follower",
  skip,
  async () => {
    await using nats = await startNatsServer({ maxPayload: 4 * 1024 * 1024 });
    await using harness = openTestStore(nats.settings, "controller");
    await harness.untilReady();
    await using tail = followed(harness.store, "wanted.>");
    await tail.untilSynced();
    const large = "x".repeat(2 * 1024 * 1024);
    await withAdmin(nats, async (admin) => {
      const { streams } = await admin.jetstreamManager();
      await streams.update(STREAM, { ["max_msg_size"]: -1 });
      const kv = await admin.jetstream().views.kv("warm-images");
      await kv.put("wanted.bytes", new Uint8Array([0xff, 0xfe, 0x00, 0x41]));
      await kv.put("wanted.large", large);
    });
    await harness.store.put("wanted.z", "1", { signal: never() });
    await tail.untilHeld({
      "wanted.bytes": "\uFFFD\uFFFD\0A",
      "wanted.large": large,
      "wanted.z": "1",
    });
  },
);

async function withAdmin(nats: TestNats, act: (admin: NatsConnection) => Promise<void>) {
  const admin = await connect({ servers: `127.0.0.1:${nats.port}`, reconnect: false });
  try {
    await act(admin);
  } finally {
    await admin.close();
  }
}
