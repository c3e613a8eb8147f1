import { pushImages } from "../../harness/images/images.ts";
import { printProgress } from "../../harness/print.ts";
import { benchImage, type Figure, median, peakMegabytes } from "../figure.ts";
import { type PullSite, startPullSite } from "./pull_site.ts";
import { secondsOfTrees } from "./processor.ts";

const MB = 1_000_000;
const ROUNDS = 3;
const MOST_MEGABYTES = 160;

/** Many images, or larger ones over a common base: how many, bytes of each, bytes of the base. */
const CASES = [
  ["300 images of 200 KB", 300, 200_000, []],
  ["20 images of 10 MB", 20, 10 * MB, [4 * MB, MB]],
] as const;

/** Ours against a loop of bare ctr, turn by turn: time, and processor seconds of all that takes part. */
export async function smallImages(): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const version of ["1.7", "2.3"] as const) {
    await using pulls = await startPullSite(version);
    for (const [what, count, bytes, base] of CASES) {
      const images = Array.from(
        { length: count },
        (_, number) => benchImage(`small/${bytes}`, String(number), bytes, [...base]),
      );
      const pushed = await pushImages(pulls.site.registry, images);
      figures.push(...await compare(pulls, what, pushed.map(({ reference }) => reference)));
    }
  }
  return figures;
}

interface Cost {
  readonly milliseconds: number;
  readonly processorSeconds: number;
}

interface OurCost extends Cost {
  /** The most that the agent took. */
  readonly megabytes: number;
}

async function compare(
  pulls: PullSite,
  what: string,
  references: readonly string[],
): Promise<Figure[]> {
  const { version } = pulls.site.containerd;
  const [bare, ours]: [Cost[], OurCost[]] = [[], []];
  for (let round = 0; round < ROUNDS; round++) {
    bare.push(await costOfLoop(pulls, references));
    ours.push(await costOfOurs(pulls, references));
    printProgress(
      `containerd ${version}, ${what}: ctr ${say(bare.at(-1))}, ours ${say(ours.at(-1))}`,
    );
  }
  const ratio = (of: (cost: Cost) => number) =>
    median(ours.map((each, round) => of(each) / (bare[round] ? of(bare[round]) : NaN)));
  const figure = (
    name: string,
    of: (cost: Cost) => number,
    unit: string,
    digits: number,
  ): Figure => ({
    what: `${what}, ${name}, ours : bare ctr loop, containerd ${version}`,
    target: "1.0 ×",
    measured: `${ratio(of).toFixed(2)} × (${median(ours.map(of)).toFixed(digits)} : ${
      median(bare.map(of)).toFixed(digits)
    } ${unit})`,
    met: ratio(of) <= 1,
  });
  return [
    figure("time", ({ milliseconds }) => milliseconds, "ms", 0),
    figure("processor", ({ processorSeconds }) => processorSeconds, "s", 1),
    memory(what, version, Math.max(...ours.map(({ megabytes }) => megabytes))),
  ];
}

function memory(what: string, version: string, megabytes: number): Figure {
  return {
    what: `${what}, most memory of the agent, containerd ${version}`,
    target: `${MOST_MEGABYTES} MB`,
    measured: `${megabytes.toFixed(0)} MB`,
    met: megabytes <= MOST_MEGABYTES,
  };
}

/** The loop's ctr are children of this process, which itself does next to nothing meanwhile. */
async function costOfLoop(pulls: PullSite, references: readonly string[]): Promise<Cost> {
  const { registry, containerd } = pulls.site;
  await pulls.wipe();
  const roots = () => [registry.process.pid, containerd.process.pid];
  const before = await childSeconds() + await secondsOfTrees(roots());
  const startedMs = performance.now();
  for (const reference of references) {
    const { code, stderr } = await containerd.ctr("images", "pull", reference);
    if (code !== 0) throw new Error(stderr);
  }
  const milliseconds = performance.now() - startedMs;
  const after = await childSeconds() + await secondsOfTrees(roots());
  return { milliseconds, processorSeconds: after - before };
}

async function costOfOurs(pulls: PullSite, references: readonly string[]): Promise<OurCost> {
  let [processorSeconds, megabytes] = [0, 0];
  const milliseconds = await pulls.ours(references, async ({ agent, controller }, over) => {
    const { registry, containerd, nats } = pulls.site;
    const roots = [agent, controller, registry.process, containerd.process, nats.process]
      .map(({ pid }) => pid);
    const before = await secondsOfTrees(roots);
    await new Promise<void>((resolve) => over.addEventListener("abort", () => resolve()));
    processorSeconds = await secondsOfTrees(roots) - before;
    megabytes = await peakMegabytes(agent.pid);
  });
  return { milliseconds, processorSeconds, megabytes };
}

/** Processor seconds of children of this process that have ended. */
async function childSeconds(): Promise<number> {
  const text = await Deno.readTextFile("/proc/self/stat");
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[13]) + Number(fields[14])) / 100;
}

function say(cost: Cost | undefined): string {
  return `${cost?.milliseconds.toFixed(0)} ms, ${cost?.processorSeconds.toFixed(1)} CPU s`;
}
