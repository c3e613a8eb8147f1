import { assertEquals, assertRejects } from "@std/assert";
import { connect } from "nats";
import { openBucket } from "../../../mod/adapters/nats/bucket.ts";
import { sweepDeleteMarkers } from "../../../mod/adapters/nats/delete_markers.ts";
import { NO_BUCKET_SETTINGS } from "../../../mod/pure/settings/nats_settings.ts";
import { followed } from "../../harness/followed.ts";
import { startNatsServer } from "../../harness/servers/nats_server.ts";
import { openTestStore } from "../../harness/servers/nats_stores.ts";
import { freePort } from "../../harness/ports.ts";
import { waitUntil } from "../../harness/wait.ts";
import { realTest, reasonToSkip } from "../../harness/servers/skipping.ts";
import { never } from "../../harness/signals.ts";

const skip = await reasonToSkip("nats-server");

realTest(
  "a store can still write its last words after the signal, until it is disposed of",
  skip,
  async () => {
    await using nats = await startNatsServer();
    await using harness = openTestStore(nats.settings, "controller");
    await harness.untilReady();
    harness.abort();
    await harness.store.put("report.x", "last words", { signal: never() });
    await using tail = followed(harness.store, "report.x");
    await tail.untilHeld({ "report.x": "last words" });
  },
);

realTest(
  "a store that lost its server after the signal does not look for it any more",
  skip,
  async () => {
    await using nats = await startNatsServer();
    await using harness = openTestStore(nats.settings, "controller");
    await harness.untilReady();
    harness.abort();
    await nats.restart();
    await harness.untilReason("Lost the connection");
    await assertRejects(
      () => harness.store.put("report.x", "1", { signal: never() }),
      Error,
      "Lost the connection",
    );
  },
);

realTest("disposing ends a follow and a store that never had a server", skip, async () => {
  const settings = { urls: [`nats://127.0.0.1:${freePort()}`], bucket: "warm-images" };
  const harness = openTestStore(settings, "agent");
  const tail = followed(harness.store, "wanted.>");
  await harness.untilReason("Cannot reach");
  await harness[Symbol.asyncDispose]();
  await tail[Symbol.asyncDispose]();
  assertEquals(tail.changes, []);
});

realTest("a hung server fails a write, and does not hold up the disposal", skip, async () => {
  await using nats = await startNatsServer();
  await using harness = openTestStore(nats.settings, "controller");
  await harness.untilReady();
  await using tail = followed(harness.store, "wanted.>");
  await tail.untilSynced();
  await nats.process.suspend();
  await assertRejects(
    () => harness.store.put("wanted.a", "1", { signal: never() }),
    Error,
    "Cannot store",
  );
  const stop = new AbortController();
  const abandoned = harness.store.put("wanted.b", "2", { signal: stop.signal });
  stop.abort(new Error("told to stop"));
  await assertRejects(() => abandoned, Error, "told to stop");
  await harness[Symbol.asyncDispose]();
});

realTest("a hung server is noticed, and used again once it goes on", skip, async () => {
  await using nats = await startNatsServer();
  await using harness = openTestStore(nats.settings, "controller");
  await using tail = followed(harness.store, "wanted.>");
  await tail.untilSynced();
  await nats.process.suspend();
  await waitUntil("the store notices", () => harness.reason() !== undefined, {
    timeoutMs: 180_000,
  });
  await nats.process.resume();
  await harness.untilReady();
  await harness.store.put("wanted.a", "1", { signal: never() });
  await tail.untilHeld({ "wanted.a": "1" });
  assertEquals(tail.resets, 1);
});

Deno.test("a server that accepts and stays silent is named, and can be left at any time", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const accepted: Deno.Conn[] = [];
  const accepting = (async () => {
    for await (const connection of listener) accepted.push(connection);
  })();
  const urls = [`nats://127.0.0.1:${listener.addr.port}`];
  {
    await using harness = openTestStore({ urls, bucket: "warm-images" }, "agent");
    await waitUntil("it was dialled", () => accepted.length === 1);
    await harness.untilReason("does not answer in time");
    await waitUntil("it was dialled again", () => accepted.length === 2);
    assertEquals(harness.logged().length, 1);
  }
  for (const connection of accepted) {
    assertEquals(await connection.read(new Uint8Array(1)), null); // we hung up
    connection.close();
  }
  listener.close();
  await accepting;
});

Deno.test("what is not a NATS server is named", async () => {
  using greeter = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const greeting = (async () => {
    for await (const connection of greeter) {
      await connection.write(new TextEncoder().encode("SSH-2.0-OpenSSH_9.2\r\n")).catch(() => {});
      connection.close();
    }
  })();
  const urls = [`nats://127.0.0.1:${greeter.addr.port}`];
  {
    await using harness = openTestStore({ urls, bucket: "warm-images" }, "agent");
    await harness.untilReason(`No NATS server greets at ${urls[0]}`);
  }
  greeter.close();
  await greeting;
});

realTest("a sweep removes delete markers, and never a value", skip, async () => {
  await using nats = await startNatsServer();
  const connection = await connect({ servers: `127.0.0.1:${nats.port}`, reconnect: false });
  try {
    const bucket = await openBucket(connection, "warm-images", {
      name: "controller",
      settings: NO_BUCKET_SETTINGS,
    });
    const messages = async () => (await bucket.manager.streams.info(bucket.stream)).state.messages;
    assertEquals(await sweepDeleteMarkers(bucket, { signal: never() }), 0);
    for (const key of ["a", "b", "c"]) await bucket.kv.put(key, key);
    for (const key of ["a", "b"]) await bucket.kv.delete(key);
    await bucket.kv.put("b", "again");
    assertEquals(await messages(), 3);
    assertEquals(await sweepDeleteMarkers(bucket, { signal: never() }), 0); // too young
    assertEquals(await sweepDeleteMarkers(bucket, { signal: never(), keepMs: -60_000 }), 1);
    assertEquals(await messages(), 2);
    assertEquals((await bucket.kv.get("b"))?.string(), "again");
  } finally {
    await connection.close();
  }
});
