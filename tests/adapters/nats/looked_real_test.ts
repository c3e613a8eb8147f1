import { assertEquals } from "@std/assert";
import { connect } from "nats";
import { followedAsAgent } from "../../harness/followed.ts";
import { startNatsServer, type TestNats } from "../../harness/servers/nats_server.ts";
import { openTestStore } from "../../harness/servers/nats_stores.ts";
import { realTest, reasonToSkip } from "../../harness/servers/skipping.ts";
import { never } from "../../harness/signals.ts";
import { waitUntil } from "../../harness/wait.ts";

const STREAM = "KV_warm-images";
const signal = never();

for (const tool of ["nats-server", "nats-server-of-chart"] as const) {
  const skip = await reasonToSkip(tool);

  realTest(
    `an agent takes two consumers, and looks at what seldom changes on ${tool}`,
    skip,
    async () => {
      await using nats = await startNatsServer({ tool });
      await using controller = openTestStore(nats.settings, "controller");
      await using agent = openTestStore(nats.settings, "agent");
      await controller.untilReady();
      await agent.untilReady();
      await using tail = followedAsAgent(agent.store, ["node.a", "wanted.>"], ["meta"]);
      await tail.untilSynced();
      await controller.store.put("meta", "1", { signal });
      await controller.store.put("wanted.x", "2", { signal }); // it looks when something else comes
      await tail.untilHeld({ meta: "1", "wanted.x": "2" });
      await untilConsumers(nats, 2);
    },
  );

  realTest(`a missing key is looked for although nothing else comes on ${tool}`, skip, async () => {
    await using nats = await startNatsServer({ tool });
    await using controller = openTestStore(nats.settings, "controller");
    await using agent = openTestStore(nats.settings, "agent");
    await controller.untilReady();
    await using tail = followedAsAgent(agent.store, ["node.a", "wanted.>"], ["meta"]);
    await tail.untilSynced();
    await controller.store.put("meta", "1", { signal });
    await tail.untilHeld({ meta: "1" });
  });

  realTest(`where keys may not be looked at, they are followed on ${tool}`, skip, async () => {
    const users = [
      "{ user: a, password: a }",
      '{ user: b, password: b, permissions: { publish: { deny: "$JS.API.DIRECT.>" } } }',
    ];
    const config = `authorization { users: [${users.join(", ")}] }`;
    await using nats = await startNatsServer({ tool, config });
    const login = (name: string) => ({ ...nats.settings, username: name, password: name });
    await using controller = openTestStore(login("a"), "controller");
    await using agent = openTestStore(login("b"), "agent");
    await controller.untilReady();
    await using tail = followedAsAgent(agent.store, ["wanted.>"], ["meta"]);
    await tail.untilSynced();
    await controller.store.put("meta", "1", { signal });
    await tail.untilHeld({ meta: "1" });
    assertEquals(agent.reason(), undefined);
  });
}

/** The most that are left once those of listings are gone. */
async function untilConsumers(nats: TestNats, most: number): Promise<void> {
  const admin = await connect({ servers: nats.url, reconnect: false });
  try {
    const { streams } = await admin.jetstreamManager();
    const count = async () => (await streams.info(STREAM)).state.consumer_count;
    await waitUntil(`there are ${most} consumers`, async () => await count() <= most);
  } finally {
    await admin.close();
  }
}
