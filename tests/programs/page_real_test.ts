import { assertEquals, assertStringIncludes } from "@std/assert";
import { connect } from "nats";
import type { ReportValue } from "../../mod/pure/bucket/agent_wire.ts";
import { reportKey } from "../../mod/pure/bucket/state_keys.ts";
import type { PageImageDetails } from "../../mod/pure/page/page_details.ts";
import type { PageWhole } from "../../mod/pure/page/page_view.ts";
import { startProgram, type TestProgram } from "../harness/programs.ts";
import { startNatsServer, type TestNats } from "../harness/servers/nats_server.ts";
import { deployment } from "../harness/servers/site.ts";
import { realTest, reasonToSkip } from "../harness/servers/skipping.ts";
import { waitUntil } from "../harness/wait.ts";

const reason = await reasonToSkip("nats-server");

const IMAGE = "registry.example/team/app:1";

realTest(
  "every replica shows the same page, of what is wanted and what agents report",
  reason,
  async () => {
    await using site = await startSite();
    const [one, other] = [await site.controller(), await site.controller()];
    await waitUntil(
      "both know the image",
      async () =>
        (await Promise.all([wholeOf(one), wholeOf(other)])).every(({ images }) =>
          images.length === 1
        ),
    );
    await site.report({ [IMAGE]: { state: "failed", since: AT, reason: "denied: no login" } });
    await waitUntil(
      "both know the report",
      async () =>
        (await Promise.all([wholeOf(one), wholeOf(other)])).every(({ nodes }) =>
          nodes.length === 1
        ),
    );
    const [{ run, version: _1, ...first }, { run: another, version: _2, ...second }] = await Promise
      .all([wholeOf(one), wholeOf(other)]);
    assertEquals(first, second);
    assertEquals(run === another, false);
    assertEquals(first.images.map(({ image, isWanted, failed }) => [image, isWanted, failed]), [
      [IMAGE, true, 1],
    ]);
    for (const controller of [one, other]) {
      const { why, cells } = await imageOf(controller);
      assertEquals(why.reasons.map(({ kind, name }) => [kind, name]), [["Deployment", "web"]]);
      assertEquals(cells.map(({ name, reason }) => [name, reason]), [[
        "node-a",
        "denied: no login",
      ]]);
    }
  },
);

realTest(
  "a bucket that is lost with its server is shown so, and again when it is back",
  reason,
  async () => {
    await using site = await startSite();
    const controller = await site.controller();
    await waitUntil(
      "the image is known",
      async () => (await wholeOf(controller)).images.length === 1,
    );
    await site.nats.stop();
    await waitUntil(
      "it is said",
      async () => (await wholeOf(controller)).summary.troubles.some(({ isNote }) => !isNote),
    );
    assertEquals((await wholeOf(controller)).images.length, 1, "what was known stays");
    await site.nats.start();
    await site.nats.restart({ wipe: true });
    await waitUntil("all is well, and known again", async () => {
      const { summary, images } = await wholeOf(controller);
      return summary.synced && summary.troubles.every(({ isNote }) => isNote) &&
        images.length === 1;
    });
  },
);

realTest("an open page does not keep a controller from ending", reason, async () => {
  await using site = await startSite();
  const controller = await site.controller();
  const { body } = await fetch(`${controller.health}/page/events`);
  controller.signal("SIGTERM");
  assertEquals((await controller.exited).code, 0);
  for await (const _ of body ?? []); // it ends, as the stream was closed
});

realTest("with --page off there is none, and nothing is kept for it", reason, async () => {
  await using site = await startSite();
  const controller = await site.controller("--page", "off");
  assertStringIncludes(await (await fetch(`${controller.health}/`)).text(), "/metrics");
  const response = await fetch(`${controller.health}/page/fleet.json`);
  assertEquals(response.status, 404);
  await response.body?.cancel();
});

const AT = "2026-11-27T10:00:00.000Z";

interface PageSite extends AsyncDisposable {
  readonly nats: TestNats;
  controller(...flags: readonly string[]): Promise<TestProgram>;
  /** Writes the report of `node-a`. */
  report(images: ReportValue["images"]): Promise<void>;
}

/** NATS, and a folder with a Deployment of one image. */
async function startSite(): Promise<PageSite> {
  await using stack = new AsyncDisposableStack();
  const manifests = await Deno.makeTempDir({ prefix: "warm-images-manifests-" });
  stack.defer(() => Deno.remove(manifests, { recursive: true }));
  await Deno.writeTextFile(`${manifests}/web.json`, JSON.stringify(deployment("web", [IMAGE])));
  const nats = stack.use(await startNatsServer());
  const everything = stack.move();
  return {
    nats,
    controller: async (...flags) =>
      everything.use(
        await startProgram("controller", {
          flags: ["--manifests", manifests, ...nats.flags, ...flags],
          env: nats.env,
          untilReady: true,
        }),
      ),
    report: async (images) => {
      const connection = await connect({ servers: nats.url });
      const bucket = await connection.jetstream().views.kv("warm-images", { bindOnly: true });
      const value = { v: 1, node: "node-a", agent: "0.3.0", at: AT, images };
      await bucket.put(reportKey("node-a"), JSON.stringify(value));
      await connection.close();
    },
    [Symbol.asyncDispose]: () => everything.disposeAsync(),
  };
}

async function wholeOf({ health }: TestProgram): Promise<PageWhole> {
  return await (await fetch(`${health}/page/fleet.json`)).json();
}

async function imageOf({ health }: TestProgram): Promise<PageImageDetails> {
  return await (await fetch(`${health}/page/image.json?${new URLSearchParams({ name: IMAGE })}`))
    .json();
}
