import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { FillingNode } from "./filling_node.ts";
import {
  holdsAdmission,
  holdsDiscards,
  holdsLines,
  holdsPauses,
  holdsWhatFits,
} from "./filling_rules.ts";
import type { ModelledImage } from "./filling_runtime.ts";
import type { ModelledLayer } from "./held_layers.ts";
import type { DiskLayout } from "./node_disk.ts";

const GB = 1e9;
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const DISK_BYTES = 100 * GB;
/** Tries of fast-check to find a smaller sequence that fails too; each takes some ms. */
const MOST_SHRINKS = 1_000;

const layerArbitrary = (gigabytes: number) =>
  fc.record({
    gigabytes: fc.double({ min: 0.01, max: gigabytes, noNaN: true }),
    unpacksTo: fc.double({ min: 1, max: 8, noNaN: true }),
    bytesPerFile: fc.integer({ min: 4_000, max: 100_000 }),
  });
const index = fc.nat({ max: 5 });
const place = fc.constantFrom("node" as const, "snapshots" as const);
const stepArbitrary = fc.oneof(
  fc.record({
    type: fc.constant("others write" as const),
    place,
    percent: fc.integer({ min: -60, max: 60 }),
  }),
  fc.record({
    type: fc.constant("others grow" as const),
    place,
    percentPerMinute: fc.integer({ min: 1, max: 15 }),
    minutes: fc.integer({ min: 1, max: 10 }),
  }),
  fc.record({
    type: fc.constantFrom("delete" as const, "use" as const, "leave" as const),
    index,
  }),
  fc.record({ type: fc.constantFrom("want" as const, "unwant" as const), index }),
  // kubelet takes an image whenever it is there again
  fc.record({
    type: fc.constant("take" as const),
    index,
    times: fc.integer({ min: 2, max: 5 }),
  }),
  // others fill the disk whenever a pull runs, and make room again
  fc.record({ type: fc.constant("squeeze" as const), times: fc.integer({ min: 1, max: 3 }) }),
  fc.record({ type: fc.constant("restart" as const) }),
  // `isUnwanted`: while the agent is away, nobody wants the image any more
  fc.record({ type: fc.constant("kill" as const), index, isUnwanted: fc.boolean() }),
  fc.record({ type: fc.constant("wait" as const), minutes: fc.integer({ min: 1, max: 600 }) }),
);

/** What happens on one node: a disk, images of which some share a layer, and events in turn. */
export const sequenceArbitrary = fc.record({
  inodes: fc.constantFrom(0, 3_000_000, 6_500_000),
  /** Whether images unpack to more, and into more files, than the agent takes them for. */
  surprises: fc.boolean(),
  bases: fc.array(layerArbitrary(8), { maxLength: 2 }),
  images: fc.array(
    fc.record({
      top: layerArbitrary(20),
      base: fc.option(fc.nat({ max: 1 })),
      priority: fc.integer({ min: 0, max: 3 }),
    }),
    { minLength: 1, maxLength: 6 },
  ),
  steps: fc.array(stepArbitrary, { minLength: 1, maxLength: 6 }),
});

/** What happens to a node, as the arbitrary makes it. */
export type Sequence = typeof sequenceArbitrary extends fc.Arbitrary<infer Value> ? Value : never;
type Step = Sequence["steps"][number];

/**
 * Plays random sequences against the real agent. `WARM_IMAGES_SEQUENCES` in the environment says how
 * many for all layouts together, `WARM_IMAGES_SEED` where they begin; a failure prints both.
 */
export async function holdsInAnySequence(layout: DiskLayout): Promise<void> {
  const all = Number(Deno.env.get("WARM_IMAGES_SEQUENCES") ?? 10_000);
  const seed = Number(Deno.env.get("WARM_IMAGES_SEED") ?? 13);
  let shrinks: number | undefined;
  const property = fc.asyncProperty(sequenceArbitrary, async (sequence) => {
    if (shrinks !== undefined && ++shrinks > MOST_SHRINKS) return;
    try {
      await play(layout, sequence);
    } catch (error) {
      shrinks ??= 0;
      throw error;
    }
  });
  await fc.assert(property, { numRuns: Math.ceil(all / 3), seed });
}

/** Plays one sequence; throws when the agent breaks a rule. */
export async function play(layout: DiskLayout, sequence: Sequence): Promise<void> {
  const images = sequence.images.map(({ top, base }, at): ModelledImage => {
    const below = sequence.bases[base ?? -1];
    return {
      reference: `reg.lab/i${at}:1`,
      layers: [
        ...below === undefined ? [] : [layerOf(`base${base}`, below, sequence)],
        layerOf(`top${at}`, top, sequence),
      ],
      writesPerSecond: 0.3 * GB,
    };
  });
  await using node = new FillingNode({
    layout,
    inodes: sequence.inodes,
    bytes: DISK_BYTES,
    images,
  });
  const wanted = new Set<string>();
  for (const [at, { reference }] of images.entries()) {
    wanted.add(reference);
    await node.want(reference, sequence.images[at]?.priority);
  }
  await node.start();
  await node.run(20_000);
  for (const step of sequence.steps) {
    await act(node, step, images, wanted);
    await node.run(15_000);
  }
  for (let times = 0; times < 4; times++) await node.rest(DAY);
  const writtenBefore = node.runtime.layers.written;
  await node.rest(DAY / 2);
  assertEquals(node.runtime.layers.written, writtenBefore, "pulls do not come to rest");
  holdsLines(node);
  holdsPauses(node);
  holdsDiscards(node);
  if (!sequence.surprises) holdsAdmission(node);
  holdsWhatFits(node, images.filter(({ reference }) => wanted.has(reference)));
}

function layerOf(
  digest: string,
  { gigabytes, unpacksTo, bytesPerFile }: Sequence["bases"][number],
  { surprises }: Sequence,
): ModelledLayer {
  return {
    digest,
    bytes: gigabytes * GB,
    unpacksTo: surprises ? unpacksTo : Math.min(3, unpacksTo),
    bytesPerFile: surprises ? bytesPerFile : Math.max(10_000, bytesPerFile),
  };
}

async function act(
  node: FillingNode,
  step: Step,
  images: readonly ModelledImage[],
  wanted: Set<string>,
): Promise<void> {
  const { runtime, time } = node;
  const reference = "index" in step ? images[step.index % images.length]?.reference ?? "" : "";
  switch (step.type) {
    case "others write":
      return runtime.disk[step.place].others(step.percent * DISK_BYTES / 100, time.now);
    case "others grow": {
      const perMs = step.percentPerMinute * DISK_BYTES / 100 / MINUTE;
      const ms = step.minutes * MINUTE;
      runtime.disk[step.place].othersGrow(perMs, ms, time.now);
      return await node.run(ms);
    }
    case "delete":
      return runtime.delete(reference);
    case "use":
    case "leave":
      return runtime.use(reference, step.type === "use");
    case "want":
      wanted.add(reference);
      return await node.want(reference);
    case "unwant":
      wanted.delete(reference);
      return await node.unwant(reference);
    case "take":
      for (let times = 0; times < step.times; times++) {
        runtime.delete(reference);
        await node.rest(15 * MINUTE);
      }
      return;
    case "squeeze":
      for (let times = 0; times < step.times; times++) await squeeze(node);
      return;
    case "restart":
      return await node.start();
    case "kill":
      if (step.isUnwanted) {
        wanted.delete(reference);
        await node.unwant(reference);
      }
      return await node.kill();
    case "wait":
      return await node.rest(step.minutes * MINUTE);
    default:
      step satisfies never;
  }
}

/** Waits for a pull, fills the disk above the mark for ten seconds, and makes room again. */
async function squeeze(node: FillingNode): Promise<void> {
  const { runtime, time } = node;
  const { snapshots } = runtime.disk;
  for (let times = 0; times < 8 && runtime.running === 0; times++) {
    await time.sleep(5 * MINUTE);
    await node.run(2_000);
  }
  const bytes = Math.max(0, snapshots.freeBytes - 0.19 * snapshots.totalBytes);
  snapshots.others(bytes, time.now);
  await node.run(10_000);
  snapshots.others(-bytes, time.now);
}
