import { type Figure, median, spread } from "../figure.ts";
import { runCommand } from "../../harness/commands.ts";
import { slowCables } from "../../harness/cluster/slow_cables.ts";
import { busyboxLayer } from "../../harness/images/pod_images.ts";
import { takeAway } from "./images.ts";
import { type PodStart, TimedPods } from "./pods.ts";
import { forget, type Measuring, want } from "./wants.ts";
import { printProgress } from "../../harness/print.ts";

const MB = 1_000_000;
const LAYERS = 5;
/** What a node's cable lets through in a second in the slow case. */
const SLOW_MEGABYTES = 20;
/** How much later than one that ran before a warmed image may start, in ms. */
const TARGET_MS = 300;

/** Pods of an image of 200 MB, one per node at the same time: cold, warmed by us, run before. */
export async function podStart(measuring: Measuring): Promise<Figure[]> {
  const { test, agents, nodes, rounds } = measuring;
  const noise = Array.from({ length: LAYERS }, (_, index) => ({
    name: `big-${index}`,
    bytes: 40 * MB,
  }));
  const image = await test.push("figures/big", 0, { layers: [await busyboxLayer(), ...noise] });
  const pods = await TimedPods.open(measuring);
  const starts = { cold: [], slow: [], warmed: [], ranBefore: [] } as Record<Way, PodStart[]>;
  const start = async (way: Way) => {
    await runCommand("sync", []); // what was written before is not this start's burden
    const { started, running } = await pods.start(nodes, image);
    starts[way].push({ started, running });
    printProgress(
      `pod start, ${way}: started ${started.toFixed(0)} ms, running ${running.toFixed(0)}`,
    );
  };
  const empty = () => takeAway(test, nodes, [image]);
  for (let round = 0; round < rounds; round++) {
    await start("cold");
    await start("ranBefore");
    await empty();
    {
      await using _held = await slowCables(test.cluster, nodes, SLOW_MEGABYTES);
      await start("slow");
    }
    await empty();
    const wanted = await agents.settled(nodes);
    await want(measuring, "big", [image]);
    await agents.untilWarm(nodes, wanted + 1);
    await start("warmed");
    await forget(measuring, "big", wanted);
    await empty();
  }
  return figuresOf(starts);
}

type Way = "cold" | "slow" | "warmed" | "ranBefore";

function figuresOf(starts: Record<Way, readonly PodStart[]>): Figure[] {
  const of = (way: Way, what: keyof PodStart) => starts[way].map((each) => each[what]);
  const shown = (way: Way) =>
    `${spread(of(way, "running"), "ms")}; container ${spread(of(way, "started"), "ms")}`;
  const later = (what: keyof PodStart) =>
    median(of("warmed", what)) - median(of("ranBefore", what));
  const times = median(of("slow", "running")) / median(of("warmed", "running"));
  const lateMs = later("started");
  const beside = { target: "beside it", met: true };
  return [
    { what: "pod start, 200 MB × 2 nodes: cold", measured: shown("cold"), ...beside },
    {
      what: "the same, cold, registry held to 20 MB/s per node",
      measured: `${shown("slow")}: ${times.toFixed(1)} × warmed`,
      ...beside,
    },
    { what: "the same, already run there before", measured: shown("ranBefore"), ...beside },
    {
      what: "the same, warmed by us",
      target: `${TARGET_MS} ms over run before`,
      measured: `${shown("warmed")}; later by ${lateMs.toFixed(0)} ms (Running: ${
        later("running").toFixed(0)
      } ms)`,
      met: lateMs <= TARGET_MS,
    },
  ];
}
