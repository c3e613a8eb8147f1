import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { connect, createInbox, type NatsConnection } from "nats";
import { makeCalloutKeys, startCallout } from "../../harness/servers/nats_callout.ts";
import { asNatsUser } from "../../harness/servers/nats_permissions.ts";
import { startNatsServer, type TestNats } from "../../harness/servers/nats_server.ts";
import { openTestStore } from "../../harness/servers/nats_stores.ts";
import { makeTokenCluster } from "../../harness/servers/node_tokens.ts";
import { realTest, reasonToSkip } from "../../harness/servers/skipping.ts";
import { waitUntil } from "../../harness/wait.ts";
import { never } from "../../harness/signals.ts";
import { followed } from "../../harness/followed.ts";
import {
  beatKey,
  nodeKey,
  partKey,
  reportKey,
  UNINSTALL_KEY,
  wantedKey,
} from "../../../mod/pure/bucket/state_keys.ts";
import { nodeInbox } from "../../../mod/pure/node_users/node_permissions.ts";
import { decodeReport } from "../../../mod/pure/bucket/agent_wire.ts";
import { decodeNodeKey, decodeSealed } from "../../../mod/pure/bucket/sealed_wire.ts";
import { decodeUninstallOrder } from "../../../mod/pure/bucket/uninstall_order.ts";
import { decodeNode, decodeWanted } from "../../../mod/pure/bucket/wire.ts";
import { nodeKeyKey, sealedKey, SEALER_KEY } from "../../../mod/pure/bucket/sealed_keys.ts";

const tool = "nats-server-of-chart";
const skip = await reasonToSkip(tool);
const signal = never();

/** A server that asks, a controller that answers, and its bucket. */
async function startSite() {
  await using stack = new AsyncDisposableStack();
  const keys = stack.use(await makeCalloutKeys());
  const nats = stack.use(await startNatsServer({ tool, config: keys.config }));
  const cluster = await makeTokenCluster();
  const callout = stack.use(
    startCallout(asNatsUser(nats.settings, "controller"), keys, cluster.tokens),
  );
  const controller = stack.use(
    openTestStore(asNatsUser(nats.settings, "controller"), "controller"),
  );
  await controller.untilReady();
  const folder = await Deno.makeTempDir({ prefix: "warm-images-token-" });
  stack.defer(() => Deno.remove(folder, { recursive: true }));
  const everything = stack.move();
  return {
    keys,
    nats,
    cluster,
    callout,
    controller,
    /** The agent of a node, with the token in its file. */
    async agent(node: string, token: string) {
      const tokenFile = `${folder}/${node}`;
      await Deno.writeTextFile(tokenFile, token);
      const { urls, bucket } = nats.settings;
      return Object.assign(openTestStore({ urls, bucket, tokenFile }, "agent", undefined, node), {
        tokenFile,
      });
    },
    [Symbol.asyncDispose]: () => everything.disposeAsync(),
  };
}

realTest("a node's token opens what its agent needs", skip, async () => {
  const node = "ip-10-0-0-1.ec2.internal";
  await using site = await startSite();
  const { controller, cluster, nats } = site;
  const held = {
    meta: "1",
    [SEALER_KEY]: "2",
    [wantedKey("app:1")]: "3",
    [nodeKey(node)]: "4",
    [sealedKey(node, "a")]: "5",
  };
  for (const [key, value] of Object.entries(held)) {
    await controller.store.put(key, value, { signal });
  }
  await using agent = await site.agent(node, await cluster.tokenOf(node));
  await agent.untilReady();
  await using read = followed(agent.store, ...Object.keys(held));
  await read.untilHeld(held);
  for (const key of [reportKey(node), beatKey(node), partKey(2, node), nodeKeyKey(node)]) {
    await agent.store.put(key, "6", { signal });
  }
  await agent.store.delete(reportKey(node), { signal });
  assertEquals(nats.process.log().match(/.*Violation.*/g), null);
  assertEquals(site.callout.total("accepted"), 1);
});

realTest("a node's token opens nothing of another node", skip, async () => {
  await using site = await startSite();
  const { controller, cluster, nats } = site;
  const others = [
    reportKey("b"),
    beatKey("b"),
    partKey(2, "b"),
    nodeKeyKey("b"),
    nodeKey("b"),
    sealedKey("b", "1"),
  ];
  const controllers = ["meta", SEALER_KEY, wantedKey("app:1"), nodeKey("a"), sealedKey("a", "1")];
  for (const key of [...others, ...controllers]) await controller.store.put(key, "1", { signal });
  await using all = followed(controller.store, ">");
  await all.untilHeld(Object.fromEntries([...others, ...controllers].map((key) => [key, "1"])));
  const connection = await connectedAsNode(nats, await cluster.tokenOf("a"));
  try {
    const asked = async (subject: string, body: unknown = "") =>
      await connection.request(subject, JSON.stringify(body), { timeout: 20_000 }).then(
        (answer) => answer.string(),
        (error: Error) => error.message,
      );
    const stream = "KV_warm-images";
    for (const key of [...others, ...controllers]) {
      const subject = `$KV.warm-images.${key}`;
      assertStringIncludes(await asked(subject, "forged"), "Permissions Violation", key);
    }
    for (const key of others) {
      const subject = `$KV.warm-images.${key}`;
      const config = { name: "spy", "deliver_subject": createInbox(), "filter_subject": subject };
      for (
        const api of [
          `$JS.API.CONSUMER.CREATE.${stream}.spy.${subject}`,
          `$JS.API.DIRECT.GET.${stream}.${subject}`,
        ]
      ) {
        const told = await asked(api, { "stream_name": stream, config });
        assertStringIncludes(told, "Permissions Violation", api);
      }
    }
    for (
      const api of [
        `$JS.API.STREAM.UPDATE.${stream}`,
        `$JS.API.STREAM.PURGE.${stream}`,
        `$JS.API.STREAM.DELETE.${stream}`,
        `$JS.API.STREAM.CREATE.other`,
        `$JS.API.STREAM.MSG.GET.${stream}`,
        `$JS.API.CONSUMER.CREATE.${stream}`,
        "$SYS.REQ.USER.AUTH",
      ]
    ) assertStringIncludes(await asked(api), "Permissions Violation", api);
    for (
      const subject of [
        "_INBOX.>",
        "_INBOX.agent.>",
        "_INBOX.agent.b.>",
        "_INBOX.controller.>",
        "$KV.>",
        "$SYS.REQ.USER.AUTH",
      ]
    ) {
      const refused = Promise.withResolvers<Error | null>();
      connection.subscribe(subject, { callback: (error) => refused.resolve(error) });
      assertStringIncludes((await refused.promise)?.message ?? "", "Permissions Violation");
    }
  } finally {
    await connection.close();
  }
  await all.untilHeld(Object.fromEntries([...others, ...controllers].map((key) => [key, "1"])));
});

realTest("what a node's token has NATS itself write for it forges nothing", skip, async () => {
  await using site = await startSite();
  const { controller, cluster, nats } = site;
  const spoilt = {
    [reportKey("b")]: decodeReport,
    [nodeKeyKey("b")]: decodeNodeKey,
    [sealedKey("b", "1")]: decodeSealed,
    [nodeKey("b")]: decodeNode,
    [wantedKey("app:1")]: decodeWanted,
    [UNINSTALL_KEY]: decodeUninstallOrder,
  };
  const sealer = JSON.stringify({ v: 1, publicKey: "x" });
  for (const key of [SEALER_KEY, nodeKey("a"), ...Object.keys(spoilt)]) {
    await controller.store.put(key, sealer, { signal });
  }
  await using all = followed(controller.store, ">");
  const connection = await connectedAsNode(nats, await cluster.tokenOf("a"));
  try {
    const [stream, values] = ["KV_warm-images", "$KV.warm-images"];
    const filter = `${values}.${nodeKey("a")}`;
    const deliverTo = async (to: string) => {
      const config = { ["filter_subject"]: filter, ["deliver_subject"]: to, name: "spy" };
      const subject = `$JS.API.CONSUMER.CREATE.${stream}.spy.${filter}`;
      const body = JSON.stringify({ ["stream_name"]: stream, config });
      return (await connection.request(subject, body, { timeout: 20_000 })).string();
    };
    for (const to of [`${values}.${nodeKeyKey("b")}`, `$JS.API.STREAM.PURGE.${stream}`]) {
      assertStringIncludes(await deliverTo(to), "deliver subject", to);
    }
    // NATS answers to wherever a request says, whatever its user may write.
    for (const key of Object.keys(spoilt)) {
      const reply = `${values}.${key}`;
      for (
        const subject of [
          "$JS.API.INFO",
          `$JS.API.STREAM.INFO.${stream}`,
          `$JS.API.CONSUMER.CREATE.${stream}.spy.${filter}`,
          `${values}.${reportKey("a")}`,
          `$JS.API.DIRECT.GET.${stream}.${values}.${SEALER_KEY}`,
        ]
      ) {
        connection.publish(subject, "{}", { reply });
        await connection.flush();
        await controller.store.put(beatKey("b"), subject + key, { signal });
        await waitUntil(`${subject} is over`, () => all.held.get(beatKey("b")) === subject + key);
        const value = all.held.get(key) ?? "";
        assert("fault" in (spoilt[key]?.(value) ?? {}), `${subject} as ${key}: ${value}`);
      }
    }
    connection.publish("$JS.API.INFO", "", { reply: `$JS.API.STREAM.PURGE.${stream}` });
    await connection.flush();
  } finally {
    await connection.close();
  }
  const { keys } = await controller.store.survey({ signal });
  assert(keys.length > Object.keys(spoilt).length, "nothing was purged");
});

realTest("tokens that prove no node are refused, told once and never shown", skip, async () => {
  await using site = await startSite();
  const { cluster, callout } = site;
  const stranger = await makeTokenCluster();
  const bad = [
    await cluster.tokenOf("a", { audience: "https://kubernetes.default.svc" }),
    await cluster.tokenOf("a", { audience: "warm-images" }),
    await cluster.tokenOf("a", { account: "shop:default" }),
    await cluster.tokenOf("a", { lifetimeS: -3600 }),
    await stranger.tokenOf("a"),
    `${"a".repeat(40)}.${"b".repeat(40)}.${"c".repeat(40)}`,
    "garbage",
  ];
  for (const token of bad) {
    await using agent = await site.agent("a", token);
    await agent.untilReason("refuses the credentials");
    assertStringIncludes(agent.reason() ?? "", "--nats-token-file");
    assertEquals(agent.said().includes(token), false);
  }
  assertEquals(callout.total("refused") >= bad.length, true);
  assertEquals(callout.total("accepted"), 0);
  assertEquals(callout.said().match(/Refused logins/g)?.length, 1, callout.said());
  for (const token of bad) {
    const part = token.split(".")[1] ?? token;
    assertEquals(callout.said().includes(part), false);
    assertEquals(site.nats.process.log().includes(part), false);
  }
});

realTest("a login ends with its token, and the next one opens it again", skip, async () => {
  await using site = await startSite();
  const { cluster, callout } = site;
  // Clocks may differ by half a minute, and a login lasts for ten seconds at least.
  await using agent = await site.agent("a", await cluster.tokenOf("a", { lifetimeS: -22 }));
  await agent.untilReady();
  await agent.untilReason("refuses the credentials");
  await Deno.writeTextFile(agent.tokenFile, await cluster.tokenOf("a"));
  await agent.untilReady();
  await agent.store.put(reportKey("a"), "1", { signal });
  assertEquals(callout.total("accepted"), 2);
});

realTest("agents stay in without a controller, and come back with the next", skip, async () => {
  await using site = await startSite();
  const { cluster, callout, nats, keys } = site;
  await using agent = await site.agent("a", await cluster.tokenOf("a"));
  await agent.untilReady();
  await callout[Symbol.asyncDispose]();
  await agent.store.put(reportKey("a"), "1", { signal });
  await nats.restart();
  await site.controller.untilReady();
  await agent.untilReason("refuses the credentials");
  await using _next = startCallout(
    asNatsUser(nats.settings, "controller"),
    keys,
    cluster.tokens,
    "controller-2",
  );
  await agent.untilReady();
  await agent.store.put(reportKey("a"), "2", { signal });
});

realTest("each of several controllers answers, and one that goes is not missed", skip, async () => {
  await using site = await startSite();
  const { cluster, callout, nats, keys } = site;
  await using second = startCallout(
    asNatsUser(nats.settings, "controller"),
    keys,
    cluster.tokens,
    "controller-2",
  );
  const connected = async () => {
    const options = { servers: nats.url, token: await cluster.tokenOf("a"), reconnect: false };
    await (await connect(options)).close();
  };
  while (callout.total("accepted") === 0 || second.total("accepted") === 0) await connected();
  await callout[Symbol.asyncDispose]();
  for (let i = 0; i < 5; i++) await connected();
});

realTest("a flood of refused logins keeps no honest agent out", skip, async () => {
  await using site = await startSite();
  const { cluster, callout, nats } = site;
  let floods = true;
  const flooding = Array.from({ length: 20 }, async () => {
    while (floods) await knock(nats.port, "a2V5.Z2FyYmFnZQ.c2ln");
  });
  try {
    await waitUntil("many are refused", () => callout.total("refused") > 100);
    await using agent = await site.agent("a", await cluster.tokenOf("a"));
    await agent.untilReady();
    await agent.store.put(reportKey("a"), "1", { signal });
  } finally {
    floods = false;
    await Promise.all(flooding);
  }
  assertEquals(callout.said().match(/Refused logins/g)?.length, 1, callout.said());
});

/** Tries to log in with a token, and waits until the server has closed the connection. */
async function knock(port: number, token: string): Promise<void> {
  try {
    using connection = await Deno.connect({ hostname: "127.0.0.1", port });
    const options = JSON.stringify({ ["auth_token"]: token, verbose: false, lang: "raw" });
    await connection.write(new TextEncoder().encode(`CONNECT ${options}\r\nPING\r\n`));
    const buffer = new Uint8Array(4096);
    while (await connection.read(buffer) !== null);
  } catch { // the server may reset it
  }
}

/** A connection of its own of node `a`, by the token of its agent. */
async function connectedAsNode({ url }: TestNats, token: string): Promise<NatsConnection> {
  return await connect({ servers: url, token, inboxPrefix: nodeInbox("a"), reconnect: false });
}
