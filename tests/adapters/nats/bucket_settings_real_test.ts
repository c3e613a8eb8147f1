import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { connect, type StreamConfig } from "nats";
import {
  type BucketSettings,
  NO_BUCKET_SETTINGS,
} from "../../../mod/pure/settings/nats_settings.ts";
import type { StateStore } from "../../../mod/ports/state_store.ts";
import type { NatsAccess } from "../../harness/servers/nats_access.ts";
import { startNatsCluster } from "../../harness/servers/nats_cluster.ts";
import { asNatsUser, sharedNatsConfig } from "../../harness/servers/nats_permissions.ts";
import { startNatsServer } from "../../harness/servers/nats_server.ts";
import { openTestStore } from "../../harness/servers/nats_stores.ts";
import { realTest, reasonToSkip } from "../../harness/servers/skipping.ts";
import { never } from "../../harness/signals.ts";
import { waitUntil } from "../../harness/wait.ts";

const MB = 1024 * 1024;
const skip = await reasonToSkip("nats-server-of-chart");

realTest("clients spread over the servers of a cluster", skip, async () => {
  await using cluster = await startNatsCluster(3);
  await using stores = new AsyncDisposableStack();
  for (let n = 0; n < 24; n++) {
    const role = n === 0 ? "controller" : "agent";
    const harness = stores.use(openTestStore(cluster.access, role));
    await harness.untilReady();
  }
  for (const url of cluster.access.urls) {
    assert(await cluster.clients(url) > 0, `${url} has none`);
  }
});

realTest(
  "replicas and placement are made as asked, raised, and lowered when asked",
  skip,
  async () => {
    await using cluster = await startNatsCluster(3);
    const { access } = cluster;
    const config = async (settings: BucketSettings) => {
      await using harness = openTestStore(access, "controller", settings);
      await harness.untilReady();
      await untilWritten(harness.store);
      assertEquals(harness.logged().filter((line) => line.includes("stays as it is")), []);
      return await configOf(access);
    };
    assertEquals((await config(NO_BUCKET_SETTINGS)).num_replicas, 1);
    assertEquals((await config(asked({ replicas: 3 }))).num_replicas, 3);
    // Who names no number leaves an operator's own alone.
    assertEquals((await config(NO_BUCKET_SETTINGS)).num_replicas, 3);
    assertEquals((await config(asked({ replicas: 1 }))).num_replicas, 1);
    // A cluster that still scales the stream does not move it yet.
    const settings = asked({ replicas: 1, placement: { tags: ["zone:b"] } });
    await using harness = openTestStore(access, "controller", settings);
    await harness.untilReady();
    await waitUntil("it is where the tag is", async () => {
      return (await configOf(access)).placement?.tags?.join() === "zone:b";
    });
  },
);

realTest("a bucket of three survives the loss of any server", skip, async () => {
  await using cluster = await startNatsCluster(3);
  await using harness = openTestStore(cluster.access, "controller", asked({ replicas: 3 }));
  await harness.untilReady();
  await harness.store.put("wanted.a", "1", { signal: never() });
  await cluster.stopOne();
  await untilWritten(harness.store);
});

realTest("replicas that one server cannot give are named with the setting", skip, async () => {
  await using nats = await startNatsServer({ tool: "nats-server-of-chart" });
  await using harness = openTestStore(nats.settings, "controller", asked({ replicas: 3 }));
  await harness.untilReason("--nats-replicas");
});

realTest("a bucket that may not be changed is used as it is, and told once", skip, async () => {
  const config = (await sharedNatsConfig()).replace(/.*STREAM\.UPDATE.*\n/, "");
  await using nats = await startNatsServer({ tool: "nats-server-of-chart", config });
  const access = asNatsUser(nats.settings, "controller");
  {
    await using first = openTestStore(access, "controller");
    await first.untilReady();
  }
  await using harness = openTestStore(access, "controller", asked({ maxBytes: 8 * MB }));
  await harness.untilReady();
  await harness.store.put("wanted.a", "1", { signal: never() });
  const told = harness.logged().filter((line) => line.includes("stays as it is"));
  assertEquals(told.length, 1, harness.said());
  assertStringIncludes(told[0] ?? "", "--nats-max-bytes");
});

for (const tool of ["nats-server", "nats-server-of-chart"] as const) {
  const reason = await reasonToSkip(tool);

  realTest(
    `a size limit is made as asked, changed, and taken away on ${tool}`,
    reason,
    async () => {
      await using nats = await startNatsServer({ tool });
      const config = async (settings: BucketSettings) => {
        await using harness = openTestStore(nats.settings, "controller", settings);
        await harness.untilReady();
        return (await configOf(nats.settings)).max_bytes;
      };
      assertEquals(await config(asked({ maxBytes: 8 * MB })), 8 * MB);
      assertEquals(await config(NO_BUCKET_SETTINGS), 8 * MB);
      assertEquals(await config(asked({ maxBytes: 16 * MB })), 16 * MB);
      assertEquals(await config(asked({ maxBytes: 0 })), -1);
    },
  );

  realTest(
    `an account that demands a size limit gets one that it has room for on ${tool}`,
    reason,
    async () => {
      const limits = "max_file: 100MB, max_bytes: true";
      const config =
        `accounts { A { jetstream { ${limits} }, users: [{ user: a, password: a }] } }`;
      await using nats = await startNatsServer({ tool, config });
      const access = { ...nats.settings, username: "a", password: "a" };
      await using harness = openTestStore(access, "controller");
      await harness.untilReady();
      assertEquals((await configOf(access)).max_bytes, 64 * MB);
      const told = harness.said();
      assertStringIncludes(told, "size limit of its own choice");
      assertStringIncludes(told, String(64 * MB));
      await harness.store.put("wanted.a", "1", { signal: never() });
    },
  );

  realTest(`an account's limit for one bucket is kept to on ${tool}`, reason, async () => {
    const limits = "max_file: 100MB, disk_max_stream_bytes: 20MB, max_bytes: true";
    const config = `accounts { A { jetstream { ${limits} }, users: [{ user: a, password: a }] } }`;
    await using nats = await startNatsServer({ tool, config });
    const access = { ...nats.settings, username: "a", password: "a" };
    await using harness = openTestStore(access, "controller", asked({ maxBytes: 50 * MB }));
    await harness.untilReady();
    const made = (await configOf(access)).max_bytes;
    assert(made <= 20 * MB && made >= 10 * MB, `${made}`);
  });
}

const asked = (settings: Partial<BucketSettings>): BucketSettings => ({
  ...NO_BUCKET_SETTINGS,
  ...settings,
});

/** A stream whose servers change has no leader for a moment. */
async function untilWritten(store: StateStore): Promise<void> {
  const write = () => store.put("wanted.a", "2", { signal: never() });
  await waitUntil("it can be written", () => write().then(() => true, () => false));
}

async function configOf({ urls, username, password }: NatsAccess): Promise<StreamConfig> {
  const connection = await connect({
    servers: [...urls],
    ...(username !== undefined && { user: username, pass: password ?? "" }),
    reconnect: false,
  });
  try {
    const { streams } = await connection.jetstreamManager();
    return (await streams.info("KV_warm-images")).config;
  } finally {
    await connection.close();
  }
}
