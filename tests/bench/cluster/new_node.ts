import { benchImage, type Figure, median, spread } from "../figure.ts";
import { pushImages } from "../../harness/images/images.ts";
import { mustHold, pullByHand, takeAway } from "./images.ts";
import { forget, type Measuring, timed, want } from "./wants.ts";
import { printProgress } from "../../harness/print.ts";

const MB = 1_000_000;
const TARGET = 1.3;

/** Nodes that join while 20 small images are wanted, against a loop of `ctr` on the same nodes. */
export async function newNode(measuring: Measuring): Promise<Figure[]> {
  const { test, agents, nodes, rounds } = measuring;
  const images = Array.from(
    { length: 20 },
    (_, number) => benchImage("figures/small", String(number), MB),
  );
  const pushed = await pushImages(await test.cluster.registry(), images);
  const references = pushed.map(({ reference }) => reference);
  const [ours, loops]: [number[], number[]] = [[], []];
  const without = await agents.settled(nodes);
  const all = [...nodes];
  for (let round = 0; round < rounds; round++) {
    await want(measuring, "small", references);
    await agents.untilWarm(all, without + references.length);
    const node = await test.cluster.addNode({ name: `late-${round}` });
    const ready = await agents.untilReady(node);
    await agents.untilWarm([node], without + references.length);
    ours.push(performance.now() - ready);
    await mustHold(test, [node], references);
    all.push(node);
    await forget({ ...measuring, nodes: all }, "small", without);
    await takeAway(test, [node], references);
    loops.push(await timed(() => pullByHand(test, [node], references)));
    printProgress(
      `new node: loop ${loops.at(-1)?.toFixed(0)} ms, ours ${ours.at(-1)?.toFixed(0)} ms`,
    );
  }
  const ratios = ours.map((each, round) => each / (loops[round] ?? NaN));
  return [{
    what: "new node, from agent ready to 20 images of 1 MB warm : bare ctr loop",
    target: `${TARGET} ×`,
    measured: `${spread(ratios, "×", 2)}: ${spread(ours, "ms")} : ${spread(loops, "ms")}`,
    met: median(ratios) <= TARGET,
  }];
}
