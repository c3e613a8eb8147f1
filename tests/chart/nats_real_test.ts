import { assertEquals, assertRejects } from "@std/assert";
import { connect, createInbox } from "nats";
import type { NatsSettings } from "../../mod/pure/settings/nats_settings.ts";
import { followed } from "../conformance/followed.ts";
import { openLabStore } from "../lab/nats_stores.ts";
import { freePort, type LabProcess, startProcess } from "../lab/process.ts";
import { realTest, reasonToSkip } from "../lab/skipping.ts";
import { obtainTool } from "../lab/tools.ts";
import { at, render, secretText } from "./chart.ts";

const skip = await reasonToSkip("helm", "nats-server-of-chart");
const { signal } = new AbortController();

realTest("with the chart's NATS both programs can do their work", skip, async () => {
  await using nats = await startChartsNats();
  await using controller = openLabStore(nats.settings("controller"), "controller");
  await using agent = openLabStore(nats.settings("agent"), "agent");
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
  await using controller = openLabStore(nats.settings("controller"), "controller");
  await controller.untilReady();
  await controller.store.put("wanted.a", "1", { signal });
  for (const act of ["put", "delete"] as const) {
    await using agent = openLabStore(nats.settings("agent"), "agent");
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
  await using again = openLabStore(nats.settings("controller"), "controller");
  await using wanted = followed(again.store, "wanted.>");
  await wanted.untilHeld({ "wanted.a": "1" });
});

realTest("an agent may begin a watch again, as the library does after a gap", skip, async () => {
  await using nats = await startChartsNats();
  await using controller = openLabStore(nats.settings("controller"), "controller");
  await controller.untilReady();
  const { urls, username = "", password = "" } = nats.settings("agent");
  const connection = await connect({ servers: [...urls], user: username, pass: password });
  try {
    const inbox = createInbox();
    const config = { "deliver_subject": inbox, "filter_subject": "$KV.warm-images.wanted.>" };
    const answer = await connection.request(
      "$JS.API.CONSUMER.CREATE.KV_warm-images",
      JSON.stringify({ stream_name: "KV_warm-images", config }),
    );
    assertEquals(at(answer.json(), "config.deliver_subject"), inbox);
  } finally {
    await connection.close();
  }
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
    await using stranger = openLabStore(settings, "agent");
    await stranger.untilReason("refuses the credentials");
  }
});

interface ChartsNats extends AsyncDisposable {
  /** What the chart gives a program to log in with. */
  settings(component: "controller" | "agent"): NatsSettings;
  /** What the server refused, a line each. */
  violations(): string[];
}

/** Runs the server as the chart configures it, but on ports and in a folder of its own. */
async function startChartsNats(): Promise<ChartsNats> {
  const rendered = await render();
  await using stack = new AsyncDisposableStack();
  const folder = await Deno.makeTempDir({ prefix: "warm-images-charts-nats-" });
  stack.defer(() => Deno.remove(folder, { recursive: true }));
  const [port, monitor] = [freePort(), freePort()];
  const config = secretText(rendered.only("Secret", "-warm-images-nats"), "nats.conf")
    .replace("port: 4222", `listen: "127.0.0.1:${port}"`)
    .replace("http_port: 8222", `http: "127.0.0.1:${monitor}"`)
    .replace('"/data"', JSON.stringify(`${folder}/data`));
  await Deno.writeTextFile(`${folder}/nats.conf`, config);
  const server: LabProcess = stack.use(
    await startProcess(await obtainTool("nats-server-of-chart"), {
      args: ["--config", `${folder}/nats.conf`],
      ready: () => isHealthy(`http://127.0.0.1:${monitor}/healthz?js-server-only=true`),
    }),
  );
  const everything = stack.move();
  return {
    settings(component) {
      const secret = rendered.only("Secret", `-${component}-nats`);
      return {
        urls: [`nats://127.0.0.1:${port}`],
        bucket: rendered.env(component)["NATS_BUCKET"] ?? "",
        username: rendered.env(component)["NATS_USERNAME"] ?? "",
        password: secretText(secret, "password"),
      };
    },
    violations: () => server.log().split("\n").filter((line) => line.includes("Violation")),
    [Symbol.asyncDispose]: () => everything.disposeAsync(),
  };
}

async function isHealthy(url: string): Promise<boolean> {
  const response = await fetch(url);
  await response.body?.cancel();
  return response.ok;
}
