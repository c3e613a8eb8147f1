import { assertEquals } from "@std/assert";
import { connect } from "nats";
import { inboxPrefix, nodeKey, reportKey } from "../../../mod/pure/bucket/state_keys.ts";
import { followed } from "../../harness/followed.ts";
import { asNatsUser, sharedNatsConfig } from "../../harness/servers/nats_permissions.ts";
import { startNatsServer, type TestNats } from "../../harness/servers/nats_server.ts";
import { openTestStore } from "../../harness/servers/nats_stores.ts";
import { realTest, reasonToSkip } from "../../harness/servers/skipping.ts";
import { never } from "../../harness/signals.ts";

const signal = never();
const STREAM = "KV_warm-images";
const HELD = { meta: "1", [nodeKey("worker-1")]: "2", [reportKey("worker-1")]: "3" };

for (const tool of ["nats-server", "nats-server-of-chart"] as const) {
  const skip = await reasonToSkip(tool);

  realTest(`a reader makes no bucket, and says that there is none, on ${tool}`, skip, async () => {
    await using nats = await startNatsServer({ tool });
    await using reader = openTestStore(nats.settings, "reader");
    await reader.untilReason("no controller has written it yet");
    const connection = await connect({ servers: nats.url });
    try {
      const manager = await connection.jetstreamManager();
      assertEquals(await manager.streams.list().next(), []);
    } finally {
      await connection.close();
    }
  });

  realTest(`a reader sees all with the controller's login, on ${tool}`, skip, async () => {
    await using nats = await startNatsServer({ tool, config: await sharedNatsConfig() });
    const login = asNatsUser(nats.settings, "controller");
    await using controller = openTestStore(login, "controller");
    await controller.untilReady();
    for (const [key, value] of Object.entries(HELD)) {
      await controller.store.put(key, value, { signal });
    }
    await using reader = openTestStore(login, "reader");
    await using all = followed(reader.store, "meta", "node.>", "report.>");
    await all.untilHeld(HELD);
    await using one = followed(reader.store, reportKey("worker-1"), "part.*.worker-1");
    await one.untilHeld({ [reportKey("worker-1")]: "3" });
    assertEquals(nats.process.log().includes("Violation"), false, nats.process.log());
  });

  realTest(`a reader leaves a bucket as it is, on ${tool}`, skip, async () => {
    await using nats = await startNatsServer({ tool, config: await sharedNatsConfig() });
    const login = asNatsUser(nats.settings, "controller");
    const before = await madeByHand(nats);
    await using reader = openTestStore(login, "reader", { placement: { tags: [] }, maxBytes: 9 });
    await reader.untilReady();
    await using all = followed(reader.store, ">");
    await all.untilHeld({ meta: "1" });
    assertEquals(await streamConfig(nats), before);
  });
}

/** A bucket such as a controller would bring to its settings, and close rollups of; its configuration. */
async function madeByHand(nats: TestNats) {
  const { username: user = "", password: pass = "" } = asNatsUser(nats.settings, "controller");
  const options = { servers: nats.url, user, pass, inboxPrefix: inboxPrefix("controller", "test") };
  const connection = await connect(options);
  try {
    const bucket = await connection.jetstream().views.kv("warm-images", { history: 1 });
    await bucket.put("meta", "1");
  } finally {
    await connection.close();
  }
  return await streamConfig(nats);
}

async function streamConfig(nats: TestNats) {
  const { username: user = "", password: pass = "" } = asNatsUser(nats.settings, "controller");
  const options = { servers: nats.url, user, pass, inboxPrefix: inboxPrefix("controller", "test") };
  const connection = await connect(options);
  try {
    return (await (await connection.jetstreamManager()).streams.info(STREAM)).config;
  } finally {
    await connection.close();
  }
}
