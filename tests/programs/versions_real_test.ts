// Controllers and agents of 0.1.0 and of today, as "Versions" on mod/README.md has it.
import { assertEquals } from "@std/assert";
import {
  COMMIT_0_1_0,
  type EarlierVersion,
  earlierVersion,
  reasonWithout,
} from "../harness/earlier_version.ts";
import { pushImages } from "../harness/images/images.ts";
import type { TestProgram } from "../harness/programs.ts";
import { asNatsUser, sharedNatsConfig } from "../harness/servers/nats_permissions.ts";
import { type Site, startSite } from "../harness/servers/site.ts";
import { realTest, reasonToSkip } from "../harness/servers/skipping.ts";
import { waitUntil } from "../harness/wait.ts";

const NODE = "node-a";
const skip = await reasonToSkip("root") ?? await reasonToSkip("nats-server") ??
  await reasonWithout(COMMIT_0_1_0);

type Binary = string | undefined;

/** Starts a program as its user of the page's permissions. */
function start(site: Site, name: "controller" | "agent", binary: Binary): Promise<TestProgram> {
  const username = name === "controller" ? name : NODE;
  const { password = "" } = asNatsUser(site.nats.settings, username);
  return site[name]({
    flags: ["--nats-username", username],
    env: { NATS_PASSWORD: password },
    ...(binary !== undefined && { binary }),
  });
}

/** Runs a pair until it has warmed an image more, and the controller has seen that; stops it. */
async function warmOneMore(
  site: Site,
  pair: { readonly controller: Binary; readonly agent: Binary },
  references: readonly string[],
  number: number,
): Promise<{ readonly agentLog: string }> {
  const agent = await start(site, "agent", pair.agent);
  const controller = await start(site, "controller", pair.controller);
  const reference = references[number] ?? "";
  await site.deploy(`app-${number}`, reference);
  await waitUntil("the image is warm", () => site.isWarm(reference));
  await waitUntil(
    "the controller has seen all of them",
    async () => await controller.metric("warm_images_warm") === number + 1,
  );
  await waitUntil("both are ready", async () => await agent.ready() && await controller.ready());
  await waitUntil(
    "the agent is fresh",
    async () => await controller.metric('warm_images_agents{state="fresh"}') === 1,
  );
  const onlyOf010 = await controller.metric("warm_images_oldest_report_age_seconds");
  assertEquals(onlyOf010 === undefined, pair.controller === undefined, "runs the right version");
  assertEquals(await controller.metric("warm_images_store_unreadable_total"), 0);
  assertEquals(await agent.metric("warm_images_store_unreadable_total"), 0);
  await Promise.all([agent.stop(), controller.stop()]);
  return { agentLog: agent.log() };
}

async function pushedTo(site: Site, count: number): Promise<string[]> {
  const images = await pushImages(
    site.registry,
    Array.from({ length: count }, (_, number) => ({
      repository: "warm/versions",
      tag: String(number),
      layers: [{ name: `version-${number}`, bytes: 1_000 }],
    })),
  );
  return images.map(({ reference }) => reference);
}

const violations = (site: Site) =>
  site.nats.process.log().split("\n").filter((line) => line.includes("Publish Violation"));

realTest("controllers and agents of 0.1.0 and of today work with each other", skip, async () => {
  await using earlier: EarlierVersion = await earlierVersion(COMMIT_0_1_0);
  await using site = await startSite({ nats: { config: await sharedNatsConfig(NODE) } });
  const references = await pushedTo(site, 5);
  const pairs = [
    earlier, // as it was
    { ...earlier, controller: undefined }, // the controller first …
    { controller: undefined, agent: undefined },
    { ...earlier, agent: undefined }, // … and rolled back
    earlier,
  ];
  for (const [number, pair] of pairs.entries()) {
    await warmOneMore(site, pair, references, number);
  }
  assertEquals(violations(site), []);
});

realTest("with 0.1.0's permissions today's agent works, and says what it lacks", skip, async () => {
  const config = (await sharedNatsConfig(NODE)).split("\n")
    .filter((line) => !/\.(beat|part)\./.test(line)).join("\n");
  await using site = await startSite({ nats: { config } });
  const references = await pushedTo(site, 1);
  const pair = { controller: undefined, agent: undefined };
  const { agentLog } = await warmOneMore(site, pair, references, 0);
  const warnings = agentLog.split("\n").filter((line) =>
    line.includes(`May not write beat.${NODE}`)
  );
  assertEquals(warnings.length, 1, agentLog);
  assertEquals(agentLog.split("\n").filter((line) => line.includes("Connected to NATS")).length, 1);
  assertEquals(violations(site).length, 1);
});
