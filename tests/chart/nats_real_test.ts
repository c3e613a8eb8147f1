import { assertEquals, assertRejects } from "@std/assert";
import { connect, createInbox } from "nats";
import { followed } from "../harness/followed.ts";
import type { NatsAccess } from "../harness/servers/nats_access.ts";
import { openTestStore } from "../harness/servers/nats_stores.ts";
import { freePort } from "../harness/ports.ts";
import { startProcess, type TestProcess } from "../harness/process.ts";
import { realTest, reasonToSkip } from "../harness/servers/skipping.ts";
import { obtainTool } from "../harness/tools/tools.ts";
import { freshNodeUsers } from "../../mod/adapters/nats/fresh_node_users.ts";
import { masterTexts, nodeUserTexts } from "../../mod/pure/logins/login_texts.ts";
import {
  nodePermissions,
  sharedPermissions,
  type UserPermissions,
} from "../../mod/pure/node_users/node_permissions.ts";
import { sharedNatsConfig } from "../harness/servers/nats_permissions.ts";
import { startCallout } from "../harness/servers/nats_callout.ts";
import { makeTokenCluster } from "../harness/servers/node_tokens.ts";
import { at, type ChartObject, render, type Rendered, secretText } from "./chart.ts";
import { never } from "../harness/signals.ts";

const skip = await reasonToSkip("helm", "nats-server-of-chart");
const signal = never();

realTest("with the chart's NATS both programs can do their work", skip, async () => {
  await using nats = await startChartsNats();
  await using controller = openTestStore(nats.settings("controller"), "controller");
  await using agent = openTestStore(nats.settings("agent"), "agent");
  await controller.untilReady();
  await agent.untilReady();
  await using wanted = followed(agent.store, "meta", "node.node-1", "wanted.>");
  await using reports = followed(controller.store, "report.>");
  await controller.store.put("wanted.a", "1", { signal });
  await agent.store.put("report.node-1", "2", { signal });
  await controller.store.put("wanted.b", "3", { signal });
  await controller.store.delete("wanted.a", { signal });
  await wanted.untilHeld({ "wanted.b": "3" });
  await reports.untilHeld({ "report.node-1": "2" });
  await agent.store.delete("report.node-1", { signal });
  await reports.untilHeld({});
  assertEquals(nats.violations(), []);
});

realTest("the agents' user can neither say what is wanted nor take it away", skip, async () => {
  await using nats = await startChartsNats();
  await using controller = openTestStore(nats.settings("controller"), "controller");
  await controller.untilReady();
  await controller.store.put("wanted.a", "1", { signal });
  for (const act of ["put", "delete"] as const) {
    await using agent = openTestStore(nats.settings("agent"), "agent");
    await agent.untilReady();
    await assertRejects(() =>
      act === "put"
        ? agent.store.put("wanted.a", "2", { signal })
        : agent.store.delete("wanted.a", { signal })
    );
  }
  assertEquals(nats.violations().map((line) => /Subject "([^"]+)"/.exec(line)?.[1]), [
    "$KV.warm-images.wanted.a",
    "$KV.warm-images.wanted.a",
  ]);
  await using again = openTestStore(nats.settings("controller"), "controller");
  await using wanted = followed(again.store, "wanted.>");
  await wanted.untilHeld({ "wanted.a": "1" });
});

realTest("the agents' user cannot ask for what other agents report", skip, async () => {
  await using nats = await startChartsNats();
  await using controller = openTestStore(nats.settings("controller"), "controller");
  await controller.untilReady();
  const { urls, username = "", password = "" } = nats.settings("agent");
  const connection = await connect({ servers: [...urls], user: username, pass: password });
  try {
    const reports = "$KV.warm-images.report.>";
    const config = { "deliver_subject": createInbox(), "filter_subject": reports };
    const body = JSON.stringify({ "stream_name": "KV_warm-images", config });
    const create = "$JS.API.CONSUMER.CREATE.KV_warm-images";
    for (const subject of [create, `${create}.spy`, `${create}.spy.${reports}`]) {
      const asked = () => connection.request(subject, body);
      await assertRejects(asked, Error, "Permissions Violation");
    }
  } finally {
    await connection.close();
  }
});

realTest("an agent's watch heals when the server has lost its consumer", skip, async () => {
  await using nats = await startChartsNats();
  await using controller = openTestStore(nats.settings("controller"), "controller");
  await using agent = openTestStore(nats.settings("agent"), "agent");
  await agent.untilReady();
  await using wanted = followed(agent.store, "meta", "node.ip-10-0-0-1.internal", "wanted.>");
  await controller.store.put("wanted.a", "1", { signal });
  await wanted.untilHeld({ "wanted.a": "1" });
  await nats.loseConsumers();
  await controller.store.put("wanted.a", "2", { signal });
  await controller.store.put("node.ip-10-0-0-1.internal", "3", { signal });
  await wanted.untilHeld({ "wanted.a": "2", "node.ip-10-0-0-1.internal": "3" });
  assertEquals(wanted.resets, 1, "the agent kept what it knew");
});

for (
  const [what, set] of [
    ["made up", []],
    ["given", ["nats.passwords.controller=1e5", "nats.passwords.agent=a#b;c"]],
    ["given for agents alone", ["nats.passwords.agent=10k"]],
  ] as const
) {
  realTest(`both programs get in with logins that are ${what}`, skip, async () => {
    await using nats = await startChartsNats(set);
    for (const component of ["controller", "agent"] as const) {
      await using store = openTestStore(nats.settings(component), component);
      await store.untilReady();
    }
  });
}

realTest(
  "with a user for each node, a token of its agent opens what is the node's",
  skip,
  async () => {
    await using nats = await startChartsNats(["nats.nodeUsers.enabled=true"]);
    const { tokens, tokenOf } = await makeTokenCluster();
    await using folder = await temporaryFolder();
    const [seedsFile, tokenFile] = [`${folder.path}/seeds`, `${folder.path}/token`];
    await Deno.writeTextFile(seedsFile, nats.controllersFiles["node-users"] ?? "");
    await Deno.writeTextFile(tokenFile, await tokenOf("node-1"));
    const ofController = nats.settings("controller");
    await using _callout = startCallout(ofController, { seedsFile }, tokens);
    await using controller = openTestStore(ofController, "controller");
    await controller.untilReady();
    await controller.store.put("wanted.a", "1", { signal });
    const { urls, bucket } = ofController;
    await using agent = openTestStore({ urls, bucket, tokenFile }, "agent", undefined, "node-1");
    await agent.untilReady();
    await using wanted = followed(agent.store, "meta", "node.node-1", "wanted.>");
    await wanted.untilHeld({ "wanted.a": "1" });
    await agent.store.put("report.node-1", "2", { signal });
    await assertRejects(() => agent.store.put("report.node-2", "2", { signal }));
    const shared = { username: "agent", password: MADE_UP.agent };
    await using before = openTestStore({ urls, bucket, ...shared }, "agent");
    await before.untilReason("refuses the credentials");
  },
);

realTest(
  "the user of all nodes stays beside those of each for as long as asked",
  skip,
  async () => {
    const set = ["nats.nodeUsers.enabled=true", "nats.nodeUsers.keepAgentUser=true"];
    await using nats = await startChartsNats(set);
    const { urls, bucket } = nats.settings("controller");
    await using controller = openTestStore(nats.settings("controller"), "controller");
    await controller.untilReady();
    const shared = { username: "agent", password: MADE_UP.agent };
    await using before = openTestStore({ urls, bucket, ...shared }, "agent");
    await before.untilReady();
  },
);

realTest("the page and the chart grant agents what their users by token get", skip, async () => {
  const listed = (text: string, user: string): UserPermissions => {
    const [, part = ""] = new RegExp(`user: "${user}"(.*?subscribe: [^\n]*)`, "s").exec(text) ?? [];
    const [, publish = ""] = /publish: \[(.*?)\]/s.exec(part) ?? [];
    const [, subscribe = ""] = /subscribe: \[(.*?)\]/s.exec(part) ?? [];
    const subjects = (list: string) =>
      [...list.matchAll(/"([^"]+)"/g)].map(([, each]) => each ?? "");
    return { publish: subjects(publish).sort(), subscribe: subjects(subscribe).sort() };
  };
  const sorted = ({ publish, subscribe }: UserPermissions) => ({
    publish: [...publish].sort(),
    subscribe: [...subscribe].sort(),
  });
  const chart = (await render()).natsConfig();
  assertEquals(listed(chart, "agent"), sorted(sharedPermissions("warm-images")));
  const page = await sharedNatsConfig();
  assertEquals(listed(page, "worker-1"), sorted(nodePermissions("worker-1", "warm-images")));
});

realTest("nobody gets in without a password of the chart's", skip, async () => {
  await using nats = await startChartsNats();
  const { password: _, ...nameless } = nats.settings("agent");
  for (
    const settings of [{ urls: nameless.urls, bucket: nameless.bucket }, {
      ...nameless,
      password: "guessed",
    }]
  ) {
    await using stranger = openTestStore(settings, "agent");
    await stranger.untilReason("refuses the credentials");
  }
});

realTest(
  "the port on which probes knock opens when JetStream is up, and not before",
  skip,
  async () => {
    const binary = await obtainTool("nats-server-of-chart");
    const folder = await Deno.makeTempDir({ prefix: "warm-images-charts-nats-" });
    try {
      await Deno.writeTextFile(`${folder}/file`, "no folder");
      for (const [store, opens] of [["data", true], ["file", false]] as const) {
        const port = freePort();
        const config = `listen: "127.0.0.1:${port}"\njetstream { store_dir: "${folder}/${store}" }`;
        await Deno.writeTextFile(`${folder}/nats.conf`, config);
        const starting = startProcess(binary, {
          args: ["--config", `${folder}/nats.conf`],
          ready: () => isOpen(port),
        });
        if (!opens) {
          await assertRejects(() => starting, Error, "ended");
          continue;
        }
        await using _server = await starting;
        const connection = await connect({ servers: `127.0.0.1:${port}` });
        await connection.jetstreamManager(); // asks for the account's information
        await connection.close();
      }
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);

async function isOpen(port: number): Promise<boolean> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  return connection.localAddr !== undefined;
}

/** A user of the test's own, who may do everything. */
const ADMIN = { user: "admin", pass: "admin-of-the-tests" };

interface ChartsNats extends AsyncDisposable {
  /** What the chart gives a program to log in with. */
  settings(component: "controller" | "agent"): NatsAccess;
  /** The files that the controller gets for NATS. */
  readonly controllersFiles: Readonly<Record<string, string>>;
  /** Deletes every consumer of the bucket behind the programs' back. */
  loseConsumers(): Promise<void>;
  /** What the server refused, a line each. */
  violations(): string[];
}

/** Runs the server as the chart configures it, but on ports and in a folder of its own. */
async function startChartsNats(set: readonly string[] = []): Promise<ChartsNats> {
  const rendered = await render({ set });
  await using stack = new AsyncDisposableStack();
  const folder = await Deno.makeTempDir({ prefix: "warm-images-charts-nats-" });
  stack.defer(() => Deno.remove(folder, { recursive: true }));
  const [port, monitor] = [freePort(), freePort()];
  const files = filesOf(rendered);
  await Deno.mkdir(`${folder}/logins`);
  const config = (files["nats.conf"] ?? "")
    .replace("port: 4222", `listen: "127.0.0.1:${port}"\nhttp: "127.0.0.1:${monitor}"`)
    .replace('"/data"', JSON.stringify(`${folder}/data`))
    .replace(/^( *)users: \[/m, `$1users: [{ user: "${ADMIN.user}", password: "${ADMIN.pass}" }`);
  for (const [path, text] of Object.entries({ ...files, "nats.conf": config })) {
    await Deno.writeTextFile(`${folder}/${path}`, text);
  }
  const server: TestProcess = stack.use(
    await startProcess(await obtainTool("nats-server-of-chart"), {
      args: ["--config", `${folder}/nats.conf`],
      ready: () => isHealthy(`http://127.0.0.1:${monitor}/healthz?js-server-only=true`),
    }),
  );
  const everything = stack.move();
  return {
    settings(component) {
      return {
        urls: [`nats://127.0.0.1:${port}`],
        bucket: rendered.env(component)["NATS_BUCKET"] ?? "",
        username: rendered.env(component)["NATS_USERNAME"] ?? "",
        password: passwordOf(rendered, component),
      };
    },
    controllersFiles: projected(rendered, rendered.program("controller"), "nats"),
    loseConsumers: async () => {
      const connection = await connect({ servers: `127.0.0.1:${port}`, ...ADMIN });
      try {
        const { consumers } = await connection.jetstreamManager();
        for await (const { name, stream_name: stream } of consumers.list("KV_warm-images")) {
          await consumers.delete(stream, name);
        }
      } finally {
        await connection.close();
      }
    },
    violations: () => server.log().split("\n").filter((line) => line.includes("Violation")),
    [Symbol.asyncDispose]: () => everything.disposeAsync(),
  };
}

/** What the Job makes up; the texts are such that NATS could take them for something else. */
const MADE_UP = { controller: '12345678"\\', agent: "true" };

const NODE_USERS = nodeUserTexts(freshNodeUsers());

async function temporaryFolder() {
  const path = await Deno.makeTempDir({ prefix: "warm-images-charts-nats-" });
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

/** Texts of a Secret or ConfigMap that the chart names: its own, or what the Job makes. */
function textsOf(rendered: Rendered, name: string): Record<string, string> {
  const made: Record<string, Record<string, string>> = {
    "wi-warm-images-nats-logins": { ...masterTexts(MADE_UP), ...NODE_USERS },
    "wi-warm-images-agent-login": { password: MADE_UP.agent },
  };
  const secrets = rendered.objects.filter(({ kind, metadata }) =>
    kind === "Secret" && metadata.name === name
  );
  const given = secrets.map((secret) =>
    Object.keys(at(secret, "data") ?? {}).map((key) => [key, secretText(secret, key)])
  );
  return Object.fromEntries([...Object.entries(made[name] ?? {}), ...given.flat()]);
}

/** The files that the chart gives NATS, by their paths beside its configuration. */
function filesOf(rendered: Rendered): Record<string, string> {
  return {
    "nats.conf": rendered.natsConfig(),
    ...projected(rendered, rendered.nats(), "config"),
  };
}

/** The password that a program reads. */
function passwordOf(rendered: Rendered, component: "controller" | "agent"): string {
  return projected(rendered, rendered.program(component), "nats")["password"] ?? "";
}

/** Files that a volume makes of Secrets, by path. */
function projected(rendered: Rendered, workload: ChartObject, name: string) {
  const volumes = at(workload, "spec.template.spec.volumes") as { readonly name: string }[];
  const volume = volumes.find((each) => each.name === name);
  const sources = at(volume, "projected.sources") as unknown[];
  const files = sources.flatMap((source) => {
    const secret = textsOf(rendered, String(at(source, "secret.name")));
    const items = (at(source, "secret.items") ?? []) as { key: string; path: string }[];
    return items.map(({ key, path }) => [path, secret[key] ?? ""]);
  });
  return Object.fromEntries(files) as Record<string, string>;
}

async function isHealthy(url: string): Promise<boolean> {
  const response = await fetch(url);
  await response.body?.cancel();
  return response.ok;
}
