import { delay } from "@std/async/delay";
import { generatedLayer } from "../../harness/servers/stored_blob.ts";
import { storedImage } from "../../harness/servers/stored_image.ts";
import { readStat, runningProcesses } from "../../harness/proc.ts";
import type { TestProgram } from "../../harness/programs.ts";
import {
  type ScriptedRegistry,
  startScriptedRegistry,
} from "../../harness/servers/scripted_registry.ts";
import { waitUntil } from "../../harness/wait.ts";
import { type Figure, peakMegabytes } from "../figure.ts";
import { type PullSite, startPullSite, untilWarm } from "./pull_site.ts";

const MB = 1_000_000;
const LARGE = 3000 * MB;
const BRAKE = 20 * MB;

/** The metric is brought up to date once a second, so the end is seen up to a second late. */
const SHORTEST_LEFT_S = 3;

/** What large images take of an agent, what a kill costs, and whether the time left is the truth. */
export async function agentUnderLoad(): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const version of ["1.7", "2.3"] as const) {
    await using pulls = await startPullSite(version);
    figures.push(await memory(pulls));
    figures.push(await killedHalfway(pulls));
    figures.push(await timeLeft(pulls));
  }
  return figures;
}

/** Not held back: the more there is at a time, the more lies in memory. */
async function memory(pulls: PullSite): Promise<Figure> {
  await using registry = await startScriptedRegistry();
  const references = ["a", "b", "c"].map((name) => addLarge(registry, name));

  // All of one registry: the limit per registry would let two come at a time.
  await pulls.wipe();
  await using agent = await pulls.agent(["--pulls-per-registry", "3"]);
  await using _controller = await pulls.site.controller({ untilReady: true });
  await pulls.site.deploy("memory", ...references);
  await untilWarm(agent, references.length);
  const megabytes = await peakMegabytes(agent.pid);
  await Deno.remove(`${pulls.site.manifests}/memory.json`);
  return {
    what: `most memory of the agent while three images of 3 GB come, ${on(pulls)}`,
    target: "160 MB",
    measured: `${megabytes.toFixed(0)} MB`,
    met: megabytes <= 160,
  };
}

async function killedHalfway(pulls: PullSite): Promise<Figure> {
  await using registry = await startScriptedRegistry({ bytesPerSecond: BRAKE });
  const reference = addLarge(registry, "killed");
  const sent = () => registry.requests().reduce((sum, { sentBytes }) => sum + sentBytes, 0);
  await pulls.wipe();
  await using _controller = await pulls.site.controller({ untilReady: true });
  const first = await pulls.agent();
  await pulls.site.deploy("killed", reference);
  await waitUntil("half is there", () => sent() >= LARGE / 2, { timeoutMs: 600_000 });
  await killAsPod(first);
  await using second = await pulls.agent();
  await untilWarm(second, 1);
  await Deno.remove(`${pulls.site.manifests}/killed.json`);
  const twice = (sent() - LARGE) / LARGE;
  return {
    what: `killed at half of a layer of 3 GB and started again: fetched twice, ${on(pulls)}`,
    target: "5 %",
    measured: `${(twice * 100).toFixed(1)} %`,
    met: twice <= 0.05,
  };
}

/** As a pod's container is killed: what the agent has started goes with it. */
async function killAsPod(agent: TestProgram): Promise<void> {
  await agent.suspend(); // it must not see its ctr end, nor they the end of their source
  for (const { pid } of await runningProcesses()) {
    if ((await readStat(pid))?.parent === agent.pid) Deno.kill(pid, "SIGKILL");
  }
  await agent.kill();
}

/** From a fifth of the pull on, as the metric says it, until little more than its grain is left. */
async function timeLeft(pulls: PullSite): Promise<Figure> {
  await using registry = await startScriptedRegistry({ bytesPerSecond: BRAKE });
  const reference = addLarge(registry, "left");
  const said: { readonly atMs: number; readonly seconds: number; readonly bytes: number }[] = [];
  let endMs = NaN;
  await pulls.ours([reference], async ({ agent }, over) => {
    while (!over.aborted) {
      const seconds = await agent.metric("warm_images_pull_seconds_left") ?? 0;
      const bytes = await agent.metric("warm_images_pull_bytes_left") ?? 0;
      // What is told is when all has arrived; unpacking comes after it.
      if (bytes === 0 && said.length > 0) endMs = Math.min(endMs || Infinity, performance.now());
      // It is told once a second: what was read before is what it was then.
      else if (seconds > 0 && bytes !== said.at(-1)?.bytes) {
        said.push({ atMs: performance.now(), seconds, bytes });
      }
      await delay(50);
    }
  });
  const errors = said
    .filter(({ bytes }) => bytes < LARGE * 0.8)
    .map(({ atMs, seconds }) => ({ seconds, truly: (endMs - atMs) / 1000 }))
    .filter(({ truly }) => truly >= SHORTEST_LEFT_S)
    .map(({ seconds, truly }) => Math.abs(seconds / truly - 1));
  const worst = Math.max(0, ...errors);
  return {
    what: `time left, from a fifth of a layer of 3 GB on: off the truth at most, ${on(pulls)}`,
    target: "20 %",
    measured: `${(worst * 100).toFixed(0)} % of ${errors.length} readings`,
    met: errors.length > 0 && worst <= 0.2,
  };
}

function addLarge(registry: ScriptedRegistry, name: string): string {
  const layer = generatedLayer({ name: `large-${name}`, bytes: LARGE });
  registry.add(`${name}:1`, storedImage(name, [layer]));
  return `${registry.host}/${name}:1`;
}

function on({ site }: PullSite): string {
  return `containerd ${site.containerd.version}`;
}
