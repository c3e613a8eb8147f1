import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { connect, createInbox, headers, type NatsConnection, StorageType } from "nats";
import type { StateStore } from "../../../mod/ports/state_store.ts";
import {
  beatKey,
  inboxPrefix,
  nodeKey,
  partKey,
  reportKey,
  wantedKey,
  whereKey,
} from "../../../mod/pure/bucket/state_keys.ts";
import { followed, followedAsAgent } from "../../harness/followed.ts";
import { asNatsUser, sharedNatsConfig } from "../../harness/servers/nats_permissions.ts";
import { startNatsServer, type TestNats } from "../../harness/servers/nats_server.ts";
import { openTestStore } from "../../harness/servers/nats_stores.ts";
import { waitUntil } from "../../harness/wait.ts";
import { realTest, reasonToSkip } from "../../harness/servers/skipping.ts";
import { never } from "../../harness/signals.ts";

const signal = never();
const STREAM = "KV_warm-images";
const [WANTED, OTHERS_REPORT] = [wantedKey("docker.io/library/app:1"), reportKey("worker-2")];

for (const tool of ["nats-server", "nats-server-of-chart"] as const) {
  const skip = await reasonToSkip(tool);
  const start = async (node?: string) =>
    await startNatsServer({ tool, config: await sharedNatsConfig(node) });

  for (const node of ["worker-1", "ip-10-0-0-1.ec2.internal"]) {
    realTest(`the page's permissions are enough for node ${node} on ${tool}`, skip, async () => {
      await using nats = await start(node);
      await using controller = openTestStore(asNatsUser(nats.settings, "controller"), "controller");
      await using agent = openTestStore(asNatsUser(nats.settings, node), "agent");
      await controller.untilReady();
      await agent.untilReady();
      await using reports = followed(controller.store, "report.>");
      // Enough for the server to hold the flow until it is confirmed.
      const many = Array.from({ length: 300 }, (_, i) => [wantedKey(`app:${i}`), "x".repeat(4000)]);
      const held: Record<string, string> = {
        ...Object.fromEntries(many),
        [whereKey(2, "app:0")]: "4",
        meta: "1",
        [nodeKey(node)]: "2",
      };
      for (const [key, value] of Object.entries(held)) {
        await controller.store.put(key, value, { signal });
      }
      await using read = followed(agent.store, "meta", nodeKey(node), "wanted.>");
      await read.untilHeld(held);
      await using looked = followedAsAgent(agent.store, [nodeKey(node), "wanted.>"], ["meta"]);
      await looked.untilHeld(held);
      for (const key of [reportKey(node), beatKey(node), partKey(2, node), partKey(64, node)]) {
        await agent.store.put(key, "3", { signal });
      }
      await reports.untilHeld({ [reportKey(node)]: "3" });
      await agent.store.delete(reportKey(node), { signal });
      await reports.untilHeld({});
      await controller.store.delete(WANTED, { signal });
      assertEquals(violations(nats), []);
    });
  }

  realTest(
    `a node's user writes nothing but its own beat and report on ${tool}`,
    skip,
    async () => {
      await using nats = await start();
      await using controller = openTestStore(asNatsUser(nats.settings, "controller"), "controller");
      await controller.untilReady();
      await fill(controller.store);
      await using node = await connectAs(nats, "worker-1");
      const bucket = await node.connection.jetstream().views.kv("warm-images", { bindOnly: true });
      const keys = [
        ...[WANTED, whereKey(2, "app:0"), "meta", nodeKey("worker-1")],
        ...[OTHERS_REPORT, reportKey("worker-1.other")],
        ...[beatKey("worker-2"), partKey(2, "worker-2"), partKey(2, "worker-1.other")],
      ];
      for (const key of keys) {
        await assertRejects(() => bucket.put(key, "forged"), Error, "Permissions Violation");
        await assertRejects(() => bucket.purge(key), Error, "Permissions Violation");
      }
      for (const act of ["STREAM.DELETE", "STREAM.PURGE", "STREAM.UPDATE", "CONSUMER.NAMES"]) {
        await refuses(node.connection, `$JS.API.${act}.${STREAM}`, "Permissions Violation");
      }
      const refused = 2 * keys.length + 4;
      await waitUntil("the server has told of each", () => violations(nats).length >= refused);
      assertEquals(violations(nats).length, refused);
      await using all = followed(controller.store, ">");
      await all.untilHeld({ [WANTED]: "1", [OTHERS_REPORT]: "2" });
    },
  );

  realTest(
    `a node's user cannot empty the bucket with its own report on ${tool}`,
    skip,
    async () => {
      await using nats = await start();
      await using controller = openTestStore(asNatsUser(nats.settings, "controller"), "controller");
      await controller.untilReady();
      await fill(controller.store);
      await using node = await connectAs(nats, "worker-1");
      await refusesRollups(node.connection);
      await using all = followed(controller.store, ">");
      await all.untilHeld({ [WANTED]: "1", [OTHERS_REPORT]: "2" });
    },
  );

  realTest(`a bucket that obeys rollups is closed by the controller on ${tool}`, skip, async () => {
    await using nats = await start();
    await using node = await connectAs(nats, "worker-1");
    await using admin = await connectAs(nats, "controller");
    const old = await makeOldBucket(admin.connection);
    await using controller = openTestStore(asNatsUser(nats.settings, "controller"), "controller");
    await controller.untilReady();
    await refusesRollups(node.connection);
    await using all = followed(controller.store, ">");
    await all.untilHeld({ [WANTED]: "1" });
    assertEquals(all.resets, 1);
    const { streams } = await admin.connection.jetstreamManager();
    const closed = (await streams.info(STREAM)).config;
    // consumer_limit_real_test.ts tells of this one, which depends on the server.
    const any = { ["max_consumers"]: -1 };
    assertEquals(
      { ...closed, ...any },
      { ...old, allow_rollup_hdrs: false, max_msg_size: 1024 * 1024 },
    );
    await nats.restart({ wipe: true });
    await using again = await connectAs(nats, "controller");
    const jetstream = await again.connection.jetstreamManager();
    const config = () =>
      jetstream.streams.info(STREAM).then((made) => made.config, () => undefined);
    await waitUntil("a new bucket is made", async () => await config() !== undefined);
    const { consumer_limits: _since210, ...made } = await config() ?? closed;
    const { consumer_limits: _none, ...expected } = closed;
    assertEquals({ ...made, ...any }, { ...expected, ...any });
  });

  realTest(
    `a bucket that the controller may not close is used and told on ${tool}`,
    skip,
    async () => {
      const config = (await sharedNatsConfig()).replace(/.*STREAM\.UPDATE.*\n/, "");
      await using nats = await startNatsServer({ tool, config });
      await using admin = await connectAs(nats, "controller");
      await makeOldBucket(admin.connection);
      await using controller = openTestStore(asNatsUser(nats.settings, "controller"), "controller");
      await using all = followed(controller.store, ">");
      await all.untilHeld({ [WANTED]: "1" });
      const connected = () => controller.logged().filter((line) => line === "Connected to NATS");
      await nats.restart();
      await waitUntil("it has come back", () => connected().length === 2);
      await controller.store.put(WANTED, "2", { signal });
      await all.untilHeld({ [WANTED]: "2" });
      const told = controller.logged().filter((line) => line.includes("empty it all"));
      assertEquals(told.length, 1, controller.said());
      assertStringIncludes(told[0] ?? "", `STREAM.UPDATE.${STREAM}`);
    },
  );

  realTest(`a node's user cannot ask for others' reports on ${tool}`, skip, async () => {
    await using nats = await start();
    await using controller = openTestStore(asNatsUser(nats.settings, "controller"), "controller");
    await controller.untilReady();
    await fill(controller.store);
    await using node = await connectAs(nats, "worker-1");
    const { connection } = node;
    const [reports, wanted] = ["$KV.warm-images.report.>", "$KV.warm-images.wanted.>"];
    const create = `$JS.API.CONSUMER.CREATE.${STREAM}`;
    const config = { name: "spy", "deliver_subject": createInbox(), "filter_subject": reports };
    const asked = { "stream_name": STREAM, config };
    await refuses(connection, create, "Permissions Violation", asked);
    await refuses(connection, `${create}.spy.${reports}`, "Permissions Violation", asked);
    await refuses(connection, `${create}.spy`, "Permissions Violation", asked);
    await refuses(connection, `${create}.spy.${wanted}`, "did not match", asked);
    const key = `$KV.warm-images.${OTHERS_REPORT}`;
    const last = { "last_by_subj": key };
    await refuses(connection, `$JS.API.STREAM.MSG.GET.${STREAM}`, "Permissions Violation", last);
    await refuses(connection, `$JS.API.DIRECT.GET.${STREAM}.${key}`, "Permissions Violation");
    const answers = ["_INBOX.>", "_INBOX.controller.>", "_INBOX.agent.worker-2.>"];
    for (const subject of [reports, ...answers]) await mayNotHear(connection, subject);
  });

  realTest(`a user for another node is told once what it lacks on ${tool}`, skip, async () => {
    await using nats = await start("worker-1");
    await using controller = openTestStore(asNatsUser(nats.settings, "controller"), "controller");
    await controller.untilReady();
    await fill(controller.store);
    await using agent = openTestStore(asNatsUser(nats.settings, "worker-1"), "agent");
    await using read = followed(agent.store, "wanted.>", nodeKey("worker-2"));
    await agent.untilReason("node.worker-2");
    await waitUntil("it has tried again", () => violations(nats).length > 4);
    const lines = () => agent.logged().filter((line) => line.includes("of a shared NATS"));
    assertEquals(lines().length, 1, agent.said());
    const config = (await sharedNatsConfig()).replace("node.worker-1", "node.worker-2");
    await nats.restart({ config });
    await read.untilHeld({ [WANTED]: "1" });
    await agent.untilReady();
    assertEquals(lines().length, 1, agent.said());
  });
}

const skipGap = await reasonToSkip("nats-server");

realTest("with the page's permissions a watch heals after a gap", skipGap, async () => {
  const admin = { user: "admin", pass: "admin-of-the-tests" };
  const also = `{ user: "${admin.user}", password: "${admin.pass}" }`;
  const config = (await sharedNatsConfig()).replace("users: [", `users: [\n${also}`);
  await using nats = await startNatsServer({ config });
  await using controller = openTestStore(asNatsUser(nats.settings, "controller"), "controller");
  await using agent = openTestStore(asNatsUser(nats.settings, "worker-1"), "agent");
  await agent.untilReady();
  await using wanted = followed(agent.store, "wanted.>");
  await controller.store.put(WANTED, "1", { signal });
  await wanted.untilHeld({ [WANTED]: "1" });
  const connection = await connect({ servers: nats.url, ...admin });
  try {
    const { consumers } = await connection.jetstreamManager();
    for await (const { name } of consumers.list(STREAM)) await consumers.delete(STREAM, name);
  } finally {
    await connection.close();
  }
  await controller.store.put(WANTED, "2", { signal });
  await wanted.untilHeld({ [WANTED]: "2" });
  assertEquals(wanted.resets, 1, "the agent kept what it knew");
  assertEquals(/does not let|Cannot follow/.test(agent.said()), false, agent.said());
});

/** Puts a want and another node's report into the bucket. */
async function fill(store: StateStore): Promise<void> {
  await store.put(WANTED, "1", { signal });
  await store.put(OTHERS_REPORT, "2", { signal });
}

/** A connection of one of the page's users, for attempts that its program would never make. */
async function connectAs(nats: TestNats, user: "controller" | "worker-1") {
  const { password: pass = "" } = asNatsUser(nats.settings, user);
  const inbox = inboxPrefix(user === "controller" ? user : "agent", user);
  const options = { servers: nats.url, user, pass, inboxPrefix: inbox, reconnect: false };
  const connection = await connect(options);
  return { connection, [Symbol.asyncDispose]: () => connection.close() };
}

/** Makes the bucket as the library does, with one want in it; returns its configuration. */
async function makeOldBucket(connection: NatsConnection) {
  const bucket = await connection.jetstream().views.kv("warm-images", {
    history: 1,
    storage: StorageType.File,
    description: "Wanted images and what nodes have of them (kubernetes-warm-images)",
  });
  await bucket.put(WANTED, "1");
  const { config } = await (await connection.jetstreamManager()).streams.info(STREAM);
  assertEquals(config.allow_rollup_hdrs, true);
  return config;
}

/** Neither all keys nor one can be rolled up into the node's own report. */
async function refusesRollups(connection: NatsConnection): Promise<void> {
  for (const extent of ["all", "sub"]) {
    const rollup = headers();
    rollup.set("Nats-Rollup", extent);
    const subject = `$KV.warm-images.${reportKey("worker-1")}`;
    const sent = connection.jetstream().publish(subject, "3", { headers: rollup });
    await assertRejects(() => sent, Error, "rollup not permitted");
  }
}

/** The server refuses a request, itself or in its answer. */
async function refuses(
  connection: NatsConnection,
  subject: string,
  reason: string,
  body: unknown = {},
): Promise<void> {
  const told = await connection.request(subject, JSON.stringify(body)).then(
    (answer) => answer.string(),
    (error: Error) => error.message,
  );
  assertEquals([subject, told.includes(reason)], [subject, true], told);
}

async function mayNotHear(connection: NatsConnection, subject: string): Promise<void> {
  const refused = Promise.withResolvers<Error | null>();
  connection.subscribe(subject, { callback: (error) => refused.resolve(error) });
  assertStringIncludes((await refused.promise)?.message ?? "", "Permissions Violation");
}

function violations(nats: TestNats): string[] {
  return nats.process.log().split("\n").filter((line) => line.includes("Violation"));
}
