import { delay } from "@std/async/delay";
import { assertEquals } from "@std/assert";
import { availableContainerds, containerdNeedsRoot } from "../harness/servers/containerd.ts";
import {
  type ScriptedRegistry,
  startScriptedRegistry,
} from "../harness/servers/scripted_registry.ts";
import { type Site, startSite } from "../harness/servers/site.ts";
import { realTest } from "../harness/servers/skipping.ts";
import { generatedLayer } from "../harness/servers/stored_blob.ts";
import { storedImage } from "../harness/servers/stored_image.ts";
import type { TestProgram } from "../harness/programs.ts";
import { waitUntil } from "../harness/wait.ts";

const IMAGES = 300;
const PULLS = 50;
/** More than the relay fetches into memory before ctr starts. */
const BYTES = 18_000_000;
/** A work loop that has been silent for a minute is stuck: so it is looked for longer. */
const WATCHED_MS = 70_000;

const version = availableContainerds().find((each) => each === "2.3");

realTest(
  "an agent with 50 slow pulls under way and 300 images wanted is live all the time, and ends when told",
  version === undefined ? "there is no containerd 2.3" : containerdNeedsRoot(),
  async () => {
    await using registry = await startRegistry();
    await using site = await startSite(version && { version });
    await site.controller({ untilReady: true });
    await deploy(site, registry);
    const agent = await site.agent({
      flags: ["--pull-parallel", `${PULLS}`, "--pulls-per-registry", `${PULLS}`],
    });
    await waitUntil(
      "all places are taken",
      async () => await agent.metric("warm_images_pulling") === PULLS,
      { timeoutMs: 180_000 },
    );
    const { asked, failed } = await watchLiveness(agent, WATCHED_MS);
    assertEquals(failed, [], `of ${asked} answers`);
    assertEquals(await agent.metric("warm_images_pulling"), PULLS);
    agent.signal("SIGTERM");
    assertEquals((await agent.exited).code, 0, agent.log());
  },
);

/** A registry that gives manifests at once and layers at a crawl; six images share a layer. */
async function startRegistry(): Promise<ScriptedRegistry> {
  const registry = await startScriptedRegistry();
  const layers = Array.from(
    { length: PULLS },
    (_, index) => generatedLayer({ name: `layer-${index}`, bytes: BYTES }),
  );
  for (let index = 0; index < IMAGES; index++) {
    const layer = layers[index % PULLS];
    if (layer !== undefined) registry.add(nameOf(index), storedImage(nameOf(index), [layer]));
  }
  registry.script = ({ path }) =>
    path.includes("/blobs/") ? { fault: "slow", bytesPerSecond: 20_000 } : undefined;
  return registry;
}

function nameOf(index: number): string {
  return `test/app-${index}:1`;
}

async function deploy(site: Site, { host }: ScriptedRegistry): Promise<void> {
  for (let from = 0; from < IMAGES; from += 30) {
    const images = Array.from({ length: 30 }, (_, index) => `${host}/${nameOf(from + index)}`);
    await site.deploy(`web-${from}`, ...images);
  }
}

/** Asks /livez twice a second; what is no "yes" has failed. */
async function watchLiveness(agent: TestProgram, ms: number) {
  const failed: string[] = [];
  let asked = 0;
  for (const until = performance.now() + ms; performance.now() < until; asked++) {
    try {
      const response = await fetch(`${agent.health}/livez`);
      const text = await response.text();
      if (!response.ok) failed.push(`${response.status} ${text}`);
    } catch (error) {
      failed.push(String(error));
    }
    await delay(500);
  }
  return { asked, failed };
}
