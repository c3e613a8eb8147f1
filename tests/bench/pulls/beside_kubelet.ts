import { generatedLayer } from "../../harness/servers/stored_blob.ts";
import { storedImage } from "../../harness/servers/stored_image.ts";
import { printProgress } from "../../harness/print.ts";
import { openCriClient } from "../../harness/servers/cri_client.ts";
import {
  type ScriptedRegistry,
  startScriptedRegistry,
} from "../../harness/servers/scripted_registry.ts";
import { waitUntil } from "../../harness/wait.ts";
import { type Figure, median, spread } from "../figure.ts";
import { type PullSite, startPullSite, timed, withoutTls } from "./pull_site.ts";

const MB = 1_000_000;
const TARGET = 1.1;

/** How often a pod comes with an image that nobody has. */
const PODS = 15;

/** What the agent has to do meanwhile. */
const IMAGES = 50;
const BYTES = 200 * MB;

/** How the registry that our images are in behaves. */
const WAYS: Readonly<Record<string, (registry: ScriptedRegistry) => void>> = {
  "quick": () => {},
  "slow": (registry) => {
    registry.script = ({ kind }) =>
      kind === "blobs" ? { fault: "slow", bytesPerSecond: MB } : undefined;
  },
  "hung": (registry) => {
    registry.script = ({ kind }) =>
      kind === "blobs" ? { fault: "hang", afterBytes: MB } : undefined;
  },
};

/** A pod's cold image of 10 MB by kubelet's way, while the agent has much to do, against one that has not. */
export async function besideKubelet(): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const version of ["1.7", "2.3"] as const) {
    await using pulls = await startPullSite(version);
    const idle = await podsPull(pulls, undefined);
    for (const way of Object.keys(WAYS)) {
      const busy = await podsPull(pulls, way);
      const ratio = median(busy) / median(idle);
      printProgress(
        `containerd ${version}, ${way}: ${spread(busy, "ms")}, idle ${spread(idle, "ms")}`,
      );
      figures.push({
        what: `a pod's cold image of 10 MB while the agent has ${IMAGES} of 200 MB to do, ` +
          `registry ${way} : idle, containerd ${version}`,
        target: `${TARGET} ×`,
        measured: `${ratio.toFixed(2)} × (${spread(busy, "ms")} : ${spread(idle, "ms")})`,
        met: ratio <= TARGET,
      });
    }
  }
  return figures;
}

/** Milliseconds of each pod's pull; without a way the agent has nothing to do. */
async function podsPull(pulls: PullSite, way: string | undefined): Promise<number[]> {
  const { site } = pulls;
  await using ours = await startScriptedRegistry();
  await using theirs = await startScriptedRegistry();
  for (const registry of [ours, theirs]) await withoutTls(pulls, registry);
  const pods = Array.from({ length: PODS }, (_, number) => add(theirs, `pod-${number}`, 10 * MB));
  await pulls.wipe();
  await using agent = await pulls.agent();
  await using _controller = await site.controller({ untilReady: true });
  await waitUntil("the agent is ready", () => agent.ready());
  if (way !== undefined) {
    WAYS[way]?.(ours);
    // Layers alike but for their names: their digests are all that has to differ.
    const references = Array.from(
      { length: IMAGES },
      (_, number) => add(ours, `ours-${number}`, BYTES),
    );
    await site.deploy("busy", ...references);
    await waitUntil("the agent pulls", () => ours.requests().some(({ kind }) => kind === "blobs"));
  }
  using kubelet = openCriClient(site.containerd.address);
  const milliseconds: number[] = [];
  for (const pod of pods) milliseconds.push(await timed(() => kubelet.pull(pod)));
  if (way !== undefined) await Deno.remove(`${site.manifests}/busy.json`);
  return milliseconds;
}

function add(registry: ScriptedRegistry, name: string, bytes: number): string {
  registry.add(`${name}:1`, storedImage(name, [generatedLayer({ name, bytes })]));
  return `${registry.host}/${name}:1`;
}
