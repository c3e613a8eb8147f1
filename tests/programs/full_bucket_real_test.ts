import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { connect, type NatsConnection } from "nats";
import { systemClock } from "../../mod/adapters/clock.ts";
import { runController } from "../../mod/flow/controller_loop.ts";
import { type BucketSettings, NO_BUCKET_SETTINGS } from "../../mod/pure/settings/nats_settings.ts";
import { nodeKey, reportKey, wantedKey } from "../../mod/pure/bucket/state_keys.ts";
import { recordings } from "../harness/fakes/quiet.ts";
import { SAMPLE_RULES, sampleNode, sampleWorkload } from "../harness/fakes/sample_values.ts";
import { scriptedLeadership } from "../harness/fakes/scripted_leadership.ts";
import { scriptedSource } from "../harness/fakes/scripted_source.ts";
import { followed } from "../harness/followed.ts";
import { type StartNatsOptions, startNatsServer } from "../harness/servers/nats_server.ts";
import { openTestStore } from "../harness/servers/nats_stores.ts";
import { realTest, reasonToSkip } from "../harness/servers/skipping.ts";
import { waitUntil } from "../harness/wait.ts";

const STREAM = "KV_warm-images";
const MB = 1024 * 1024;
const IMAGES = 300;

/** Each limit that a write may meet: how to set it, and what is said of it. */
const LIMITS: readonly { what: string; says: string; start: Limited }[] = [
  {
    what: "the bucket's own limit",
    says: "(maximum bytes exceeded): raise --nats-max-bytes",
    start: { settings: { ...NO_BUCKET_SETTINGS, maxBytes: 4 * MB } },
  },
  {
    what: "the account's limit",
    says: "raise the account's limit",
    start: {
      server: {
        config: "accounts { A { jetstream { max_file: 4MB }, users: [{user: a, password: a}] } }",
      },
      login: { username: "a", password: "a" },
    },
  },
  {
    what: "the server's limit",
    says: "(insufficient resources): raise max_file_store",
    start: { server: { maxFileStore: "4MB" } },
  },
];

for (const tool of ["nats-server", "nats-server-of-chart"] as const) {
  const skip = await reasonToSkip(tool);

  // Of what is purged, nats-server 2.9 still counts a part towards the account's and its own limit.
  const limits = tool === "nats-server" ? LIMITS.slice(0, 1) : LIMITS;
  for (const { what, says, start } of limits) {
    realTest(`a bucket filled to ${what} by a stranger heals on ${tool}`, skip, async () => {
      await using site = await startLimited(tool, start);
      site.source.put(sampleNode("node-0"), sampleWorkload("web", ["reg.lab/web:1"]));
      await site.untilWanted("reg.lab/web:1");
      // The same that agents may write: of nobody, of a node that is there, and of no form at all.
      await site.fill((n) => [`report.nobody-${n}`, 50_000], 20);
      await site.fill((n) => [`part.${n + 2}.node-0`, 100_000], 15);
      await site.fill((n) => [`beat.node-0.x${n}`, 30_000]);
      await site.fill((n) => [`report.small-${n}`, 500]);
      site.source.put(
        sampleWorkload("web", ["reg.lab/web:2"]),
        ...many("reg.lab/api", IMAGES),
      );
      await site.untilWanted("reg.lab/web:2");
      await waitUntil("all is written", () => site.holds("bucket") && site.images() >= IMAGES + 1);
      const keys = await site.keys();
      assertEquals(keys.filter((key) => /nobody|small|beat.node-0.x/.test(key)), []);
      await site.put(reportKey("node-0"), 1_000); // agents have room too
      const said = site.said();
      assertStringIncludes(said, "Purged what no agent of a known node writes");
      assertEquals(site.metric(), 0);
    });

    realTest(
      `what does not fit below ${what} is left out, and comes in time on ${tool}`,
      skip,
      async () => {
        await using site = await startLimited(tool, start);
        const urgent = sampleWorkload("urgent", ["reg.lab/urgent:1"], { priority: 5 });
        // Each wants a place of its own, so that entries are as long as real ones get.
        const nodeSelector = { long: "x".repeat(3_900) };
        const padding = Array.from(
          { length: 1_300 },
          (_, n) =>
            sampleWorkload(`app-${n}`, [`reg.lab/app-${n}:1`], { placement: { nodeSelector } }),
        );
        site.source.put(sampleNode("node-0"), ...padding);
        await waitUntil("it is full", () => !site.holds("bucket"));
        const reason = site.reason("bucket");
        assertStringIncludes(reason, says);
        assertStringIncludes(reason, "of 1300 images, least urgent first");
        assert((site.metric() ?? 0) > 0);
        const before = (await site.keys()).filter((key) => key.startsWith("wanted."));
        assert(before.length > 100, `${before.length}`);
        site.source.put(urgent);
        await site.untilWanted("reg.lab/urgent:1");
        const after = (await site.keys()).filter((key) => key.startsWith("wanted."));
        const lost = before.filter((key) => !after.includes(key));
        const last = before.toSorted().slice(-lost.length - 5);
        assert(lost.length < 5 && lost.every((key) => last.includes(key)), lost.join(" "));
        // A limit that nobody tells is met by whoever writes next: nothing can be kept free below it.
        if (!start.server?.maxFileStore) await site.put(reportKey("node-0"), 1_000);
        // Room comes: half of it is not wanted any more.
        for (const { name } of padding.slice(0, 900)) site.source.workloads.delete(name);
        site.source.changed();
        await waitUntil("all that is wanted is there", () => site.holds("bucket"));
        for (const { name } of padding.slice(900)) {
          assert(site.wantedNow().has(wantedKey(`reg.lab/${name}:1`)), name);
        }
        assertEquals(site.metric(), 0);
      },
    );
  }

  realTest(`a raised limit is used without a hand on ${tool}`, skip, async () => {
    const settings = { ...NO_BUCKET_SETTINGS, maxBytes: 64 * 1024 };
    await using site = await startLimited(tool, { settings });
    site.source.put(sampleNode("node-0"), ...many("reg.lab/api", IMAGES));
    await waitUntil("it is full", () => !site.holds("bucket"));
    assert(site.images() < IMAGES);
    await site.asAdmin(async (connection) => {
      const { streams } = await connection.jetstreamManager();
      await streams.update(STREAM, { ["max_bytes"]: MB });
    });
    await waitUntil("all fits", () => site.images() === IMAGES && site.holds("bucket"));
    assert(site.wantedNow().has(nodeKey("node-0")));
  });
}

interface Limited {
  readonly server?: StartNatsOptions;
  readonly login?: { readonly username: string; readonly password: string };
  readonly settings?: BucketSettings;
}

/** A controller on a real server with little room, and another connection with the same rights. */
async function startLimited(tool: StartNatsOptions["tool"] & string, start: Limited) {
  await using stack = new AsyncDisposableStack();
  const nats = stack.use(await startNatsServer({ tool, ...start.server }));
  const access = { ...nats.settings, ...start.login };
  const harness = stack.use(openTestStore(access, "controller", start.settings));
  await harness.untilReady();
  const { login } = start;
  const admin = await connect({
    servers: nats.url,
    ...(login && { user: login.username, pass: login.password }),
    reconnect: false,
  });
  stack.defer(() => admin.close());
  const kv = await admin.jetstream().views.kv("warm-images", { bindOnly: true });
  const all = stack.use(followed(harness.store, "wanted.>", "node.>"));
  const source = scriptedSource();
  const recorded = recordings();
  const stop = new AbortController();
  const running = runController(
    {
      ...{ source, leadership: scriptedLeadership(), store: harness.store, clock: systemClock },
      ...recorded,
    },
    {
      rules: SAMPLE_RULES,
      forgetAfterMs: 0,
      identity: "controller-0",
      signal: stop.signal,
    },
  );
  stack.defer(async () => {
    stop.abort();
    await running;
  });
  const wantedNow = () => new Map([...all.held].filter(([, value]) => value !== ""));
  const everything = stack.move();
  return {
    source,
    wantedNow,
    images: () => [...all.held.keys()].filter((key) => key.startsWith("wanted.")).length,
    untilWanted: (reference: string) =>
      waitUntil(`${reference} is wanted`, () => all.held.has(wantedKey(reference))),
    holds: (name: string) => recorded.conditions.state.get(name)?.holds ?? false,
    reason: (name: string) => recorded.conditions.state.get(name)?.reason ?? "",
    metric: () => recorded.metrics.value("warm_images_left_out"),
    said: () => JSON.stringify(recorded.logger.lines),
    put: async (key: string, bytes: number) => void await kv.put(key, "x".repeat(bytes)),
    asAdmin: (act: (connection: NatsConnection) => Promise<void>) => act(admin),
    /** Every key that is there, read by somebody else. */
    keys: async () => {
      const keys: string[] = [];
      for await (const key of await kv.keys()) keys.push(key);
      return keys;
    },
    /** Writes until the store refuses it, or so many. */
    fill: async (next: (n: number) => [string, number], most = Infinity) => {
      for (let n = 0; n < most; n++) {
        const [key, bytes] = next(n);
        try {
          await kv.put(key, "x".repeat(bytes));
        } catch {
          return;
        }
      }
    },
    [Symbol.asyncDispose]: () => everything.disposeAsync(),
  };
}

const many = (prefix: string, count: number) =>
  Array.from({ length: count }, (_, n) => sampleWorkload(`w-${n}`, [`${prefix}-${n}:1`]));
