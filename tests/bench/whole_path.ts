import type { ContainerdVersion } from "../harness/servers/containerd.ts";
import { pushImages } from "../harness/images/images.ts";
import { waitUntil } from "../harness/wait.ts";
import { type Site, startSite } from "../harness/servers/site.ts";
import { benchImage, type Figure, median } from "./figure.ts";
import { printProgress } from "../harness/print.ts";

const MB = 1_000_000;
const TARGET = 0.85;

/**
 * 20 images of 10 MB over a common base on an empty node: our whole path, from the manifest written
 * to all usable, against a bare loop of `ctr images pull`, turn by turn in one run.
 */
export async function wholePath(rounds = 3): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const version of ["1.7", "2.3"] as const) figures.push(await compare(version, rounds));
  return figures;
}

async function compare(version: ContainerdVersion, rounds: number): Promise<Figure> {
  await using site = await startSite({ version });
  const images = Array.from(
    { length: 20 },
    (_, number) => benchImage("warm/img", String(number), 10 * MB, [4 * MB, MB]),
  );
  const references = (await pushImages(site.registry, images)).map(({ reference }) => reference);
  const ours: number[] = [];
  const loops: number[] = [];
  for (let round = 0; round < rounds; round++) {
    await site.containerd.restart({ wipe: true });
    loops.push(await timed(() => loop(site, references)));
    ours.push(await ourPath(site, references));
    printProgress(`containerd ${version}: loop ${loops.at(-1)} ms, ours ${ours.at(-1)} ms`);
  }
  const ratio = median(ours.map((each, round) => each / (loops[round] ?? NaN)));
  return {
    what: `20 images of 10 MB, our whole path : bare ctr loop, containerd ${version}`,
    target: `${TARGET} ×`,
    measured: `${ratio.toFixed(2)} × (${median(ours)} : ${median(loops)} ms)`,
    met: ratio <= TARGET,
  };
}

async function ourPath(site: Site, references: readonly string[]): Promise<number> {
  await site.containerd.restart({ wipe: true });
  await using agent = await site.agent();
  await using _controller = await site.controller({ untilReady: true });
  await waitUntil("the agent is ready", () => agent.ready());
  const milliseconds = await timed(async () => {
    await site.deploy("bench", ...references);
    await waitUntil(
      "all are counted warm",
      async () => await agent.metric("warm_images_node_warm") === references.length,
      {
        timeoutMs: 120_000,
        everyMs: 20,
      },
    );
  });
  await Deno.remove(`${site.manifests}/bench.json`);
  await site.nats.restart({ wipe: true });
  return milliseconds;
}

async function loop(site: Site, references: readonly string[]): Promise<void> {
  for (const reference of references) {
    const { code, stderr } = await site.containerd.ctr("images", "pull", reference);
    if (code !== 0) throw new Error(stderr);
  }
}

async function timed(act: () => Promise<void>): Promise<number> {
  const startedMs = performance.now();
  await act();
  return Math.round(performance.now() - startedMs);
}
