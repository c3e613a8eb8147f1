import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { FillingNode } from "../harness/fakes/filling_node.ts";
import type { ModelledImage } from "../harness/fakes/filling_runtime.ts";

const GB = 1e9;
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const DISK_BYTES = 100 * GB;
/** How many sequences, some 30 ms each; `WARM_IMAGES_SEQUENCES` in the environment for another number. */
const SEQUENCES = Number(Deno.env.get("WARM_IMAGES_SEQUENCES") ?? 1_500);

const imageArbitrary = fc.record({
  gigabytes: fc.double({ min: 0.01, max: 20, noNaN: true }),
  unpacksTo: fc.double({ min: 1, max: 3.5, noNaN: true }),
  bytesPerFile: fc.integer({ min: 4_000, max: 100_000 }),
  priority: fc.integer({ min: 0, max: 3 }),
});
const index = fc.nat({ max: 5 });
const stepArbitrary = fc.oneof(
  fc.record({ type: fc.constant("others" as const), percent: fc.integer({ min: -60, max: 60 }) }),
  fc.record({
    type: fc.constant("on images" as const),
    percent: fc.integer({ min: -60, max: 60 }),
  }),
  fc.record({ type: fc.constantFrom("delete", "use", "leave", "want", "unwant"), index }),
  fc.record({ type: fc.constant("restart" as const) }),
  fc.record({ type: fc.constant("wait" as const), minutes: fc.integer({ min: 1, max: 600 }) }),
);
const sequenceArbitrary = fc.record({
  layout: fc.constantFrom("one" as const, "images apart" as const, "layers apart" as const),
  inodes: fc.constantFrom(0, 6_500_000),
  images: fc.array(imageArbitrary, { minLength: 1, maxLength: 6 }),
  steps: fc.array(stepArbitrary, { minLength: 1, maxLength: 6 }),
});

Deno.test("nothing of ours makes kubelet evict, and what fits gets there, in any sequence", async () => {
  await fc.assert(
    fc.asyncProperty(sequenceArbitrary, async ({ layout, inodes, images, steps }) => {
      const modelled = images.map((each, at): ModelledImage => ({
        ...each,
        reference: `reg.lab/i${at}:1`,
        bytes: each.gigabytes * GB,
        bytesPerSecond: 0.3 * GB / (1 + each.unpacksTo),
      }));
      await using node = new FillingNode({
        layout,
        inodes,
        bytes: DISK_BYTES,
        images: modelled,
      });
      const wanted = new Set<string>();
      for (const [at, { reference }] of modelled.entries()) {
        wanted.add(reference);
        await node.want(reference, images[at]?.priority);
      }
      await node.start();
      await node.run(20_000);
      for (const step of steps) {
        await act(node, step, modelled, wanted);
        await node.run(15_000);
      }
      for (let times = 0; times < 4; times++) await node.rest(DAY);
      const writtenBefore = node.runtime.written;
      await node.rest(DAY / 2);
      assertEquals(node.runtime.written, writtenBefore, "pulls do not come to rest");
      assertEquals(node.runtime.crossed, [], "a write of ours crossed a line of kubelet's");
      holdsPauses(node);
      holdsWhatFits(node, modelled.filter(({ reference }) => wanted.has(reference)));
    }),
    { numRuns: SEQUENCES, seed: 13 },
  );
});

async function act(
  node: FillingNode,
  step: { type: string; percent?: number; index?: number; minutes?: number },
  images: readonly ModelledImage[],
  wanted: Set<string>,
): Promise<void> {
  const { runtime, time } = node;
  const reference = images[(step.index ?? 0) % images.length]?.reference ?? "";
  const bytes = (step.percent ?? 0) * DISK_BYTES / 100;
  switch (step.type) {
    case "others":
      return runtime.disk.node.others(bytes, time.now);
    case "on images":
      return runtime.disk.snapshots.others(bytes, time.now);
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
    case "restart":
      return await node.start();
    case "wait":
      return await node.rest((step.minutes ?? 1) * MINUTE);
    default:
      throw new Error(`No such step: ${step.type}`);
  }
}

/** After a second removal within a day five minutes pass at least: ten, less the jitter. */
function holdsPauses({ runtime, startedAt }: FillingNode): void {
  for (const [reference, begun] of runtime.begun) {
    const removals = runtime.removed.filter((each) => each.reference === reference);
    for (const [at, removal] of removals.entries()) {
      const before = removals[at - 1];
      if (before === undefined || removal.at - before.at > DAY / 2) continue;
      const next = begun.find((each) => each > removal.at);
      if (next === undefined || startedAt.some((each) => each > before.at && each < next)) continue;
      assert(
        next - removal.at >= 5 * MINUTE,
        `${reference} came back after ${next - removal.at} ms`,
      );
    }
  }
}

function holdsWhatFits({ runtime }: FillingNode, wanted: readonly ModelledImage[]): void {
  const { content, snapshots } = runtime.disk;
  for (const image of wanted) {
    if (runtime.isWarm(image.reference)) continue;
    // one that was ended before needs more room the next time
    const estimate = runtime.begun.has(image.reference) ? 2.5 * 1.5 ** 4 : 2.5;
    const unpacked = image.bytes * Math.max(estimate, image.unpacksTo);
    const files = Math.max(unpacked / 10_000, unpacked / image.bytesPerFile) + 10;
    const left = (free: number) => free - 0.21 * DISK_BYTES; // a hundredth is nobody's
    const fits = content === snapshots
      ? image.bytes + unpacked < left(content.freeBytes)
      : image.bytes < left(content.freeBytes) && unpacked < left(snapshots.freeBytes);
    const hasInodes = snapshots.totalInodes === 0 ||
      files < snapshots.freeInodes - 0.11 * snapshots.totalInodes;
    assert(!(fits && hasInodes), `${image.reference} would fit and is not there`);
  }
}
