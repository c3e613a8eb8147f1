import { assertEquals, assertRejects } from "@std/assert";
import { connect, type JetStreamManager } from "nats";
import { startNatsServer, type TestNats } from "../../harness/servers/nats_server.ts";
import { openTestStore } from "../../harness/servers/nats_stores.ts";
import { realTest, reasonToSkip } from "../../harness/servers/skipping.ts";

const STREAM = "KV_warm-images";
/** What the server allows here on a stream that names no number: 1,000 by default, since 2.15. */
const SERVERS_OWN = 5;

const tool = "nats-server-of-chart";
const skip = await reasonToSkip(tool);

realTest(
  "a bucket we made has room for more watches than the server's own limit",
  skip,
  async () => {
    await using nats = await startLimited();
    await using controller = openTestStore(nats.settings, "controller");
    await controller.untilReady();
    await using admin = await connectTo(nats);
    await addConsumers(admin.manager, SERVERS_OWN + 1);
  },
);

realTest("a bucket that an older controller made gets room for them too", skip, async () => {
  await using nats = await startLimited();
  await using admin = await connectTo(nats);
  await admin.manager.streams.add({ name: STREAM, subjects: ["$KV.warm-images.>"] });
  await assertRejects(() => addConsumers(admin.manager, SERVERS_OWN + 1), Error, "consumers limit");
  await using controller = openTestStore(nats.settings, "controller");
  await controller.untilReady();
  await addConsumers(admin.manager, SERVERS_OWN + 1);
});

realTest("an account's own limit on consumers stands, and the bucket is made", skip, async () => {
  const login = { username: "a", password: "a" };
  await using nats = await startNatsServer({
    tool,
    config: `accounts { A {
      users: [{ user: a, password: a }]
      jetstream: { max_consumers: 10, max_file: 10M, max_memory: 10M }
    } }`,
  });
  await using controller = openTestStore({ ...nats.settings, ...login }, "controller");
  await controller.untilReady();
  await using admin = await connectTo(nats, login);
  await assertRejects(() => addConsumers(admin.manager, 11), Error, "consumers limit");
});

/** Its data lie in a folder of their own: a limit stands where the server's folder is named. */
async function startLimited(): Promise<TestNats> {
  await using starting = new AsyncDisposableStack();
  const folder = await Deno.makeTempDir({ prefix: "warm-images-nats-data-" });
  starting.defer(() => Deno.remove(folder, { recursive: true }));
  const nats = starting.use(
    await startNatsServer({
      tool,
      jetstream: false,
      config: `jetstream {
        store_dir: ${JSON.stringify(folder)}
        limits { default_max_consumers: ${SERVERS_OWN} }
      }`,
    }),
  );
  const running = starting.move();
  return { ...nats, [Symbol.asyncDispose]: () => running.disposeAsync() };
}

/** As watches make them. */
async function addConsumers(manager: JetStreamManager, count: number): Promise<void> {
  const config = { ["inactive_threshold"]: 60_000_000_000 };
  const adding = Array.from({ length: count }, () => manager.consumers.add(STREAM, config));
  assertEquals((await Promise.all(adding)).length, count);
}

async function connectTo(
  nats: TestNats,
  login?: { readonly username: string; readonly password: string },
): Promise<AsyncDisposable & { readonly manager: JetStreamManager }> {
  const connection = await connect({
    servers: nats.url,
    ...(login && { user: login.username, pass: login.password }),
  });
  return {
    manager: await connection.jetstreamManager(),
    [Symbol.asyncDispose]: () => connection.close(),
  };
}
