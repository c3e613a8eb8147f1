import { benchImage, type Figure, median, spread } from "../figure.ts";
import { runCommand } from "../../harness/commands.ts";
import { pushImages } from "../../harness/images/images.ts";
import { ApiRecord } from "./api_writes.ts";
import { mustHold, pullByHand, takeAway } from "./images.ts";
import { forget, type Measuring, timed, want } from "./wants.ts";
import { printProgress } from "../../harness/print.ts";

const MB = 1_000_000;
const TARGET = 0.9;

/** 20 images of 10 MB on all nodes: a Deployment applied, against a loop of `ctr` on each node. */
export async function twentyImages(measuring: Measuring, target = TARGET): Promise<{
  readonly time: Figure;
  /** What it cost the API server. */
  readonly costs: readonly Figure[];
}> {
  const { test, agents, nodes, rounds } = measuring;
  const images = Array.from(
    { length: 20 },
    (_, number) => benchImage("figures/img", String(number), 10 * MB, [4 * MB, MB]),
  );
  const pushed = await pushImages(await test.cluster.registry(), images);
  const references = pushed.map(({ reference }) => reference);
  const [ours, loops]: [number[], number[]] = [[], []];
  const wanted = await agents.settled(nodes);
  const record = await ApiRecord.begin(test);
  for (let round = 0; round < rounds; round++) {
    await runCommand("sync", []);
    loops.push(await timed(() => pullByHand(test, nodes, references)));
    await takeAway(test, nodes, references);
    await runCommand("sync", []);
    ours.push(
      await timed(async () => {
        await want(measuring, "twenty", references);
        await agents.untilWarm(nodes, wanted + references.length);
      }),
    );
    await mustHold(test, nodes, references);
    await record.look();
    await forget(measuring, "twenty", wanted);
    await takeAway(test, nodes, references);
    printProgress(
      `20 images: loop ${loops.at(-1)?.toFixed(0)} ms, ours ${ours.at(-1)?.toFixed(0)} ms`,
    );
  }
  const ratios = ours.map((each, round) => each / (loops[round] ?? NaN));
  return {
    time: {
      what: "20 images of 10 MB × 2 nodes, apply to all usable : bare ctr loops",
      target: `${target} ×`,
      measured: `${spread(ratios, "×", 2)}: ${spread(ours, "ms")} : ${spread(loops, "ms")}`,
      met: median(ratios) <= target,
    },
    costs: await record.figures("twenty"),
  };
}
