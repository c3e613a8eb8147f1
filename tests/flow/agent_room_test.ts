import { assert, assertEquals } from "@std/assert";
import { FillingNode } from "../harness/fakes/filling_node.ts";
import type { ModelledImage } from "../harness/fakes/filling_runtime.ts";

const GB = 1e9;
const HOUR = 3_600_000;
const DISK = { layout: "one", bytes: 100 * GB, inodes: 0 } as const;

Deno.test("--max-bytes counts what images take unpacked, and what does not fit is told", async () => {
  await using node = new FillingNode({
    ...DISK,
    images: [image("a", GB), image("b", GB), image("c", GB)],
    maxBytes: 9 * GB, // two of 4 GB
  });
  await day(node, ["a", "b", "c"]);
  assertEquals(warmOf(node), ["a", "b"]);
  const { state, reason } = node.reported("reg.lab/c:1") ?? {};
  assertEquals([state, reason], [
    "skipped",
    "no room: needs 4.0 GB, 1.0 GB are left of --max-bytes",
  ]);
});

Deno.test("--max-images counts what is on its way, and gives a place that gets free to the next", async () => {
  const names = ["a", "b", "c"];
  await using node = new FillingNode({
    ...DISK,
    images: names.map((name) => image(name, GB)),
    maxImages: 2,
  });
  await day(node, names);
  assertEquals(warmOf(node), ["a", "b"]);
  await node.unwant("reg.lab/a:1");
  await node.rest(HOUR);
  assertEquals(warmOf(node), ["a", "b", "c"]); // nobody deletes what is unwanted but kubelet
});

Deno.test("an urgent large image keeps its room though its registry answers later", async () => {
  const images = [{ ...image("large", 15 * GB), lookUpMs: 8_000 }, image("small", 3 * GB)];
  await using node = new FillingNode({ ...DISK, images });
  node.runtime.disk.node.others(18 * GB, 0); // 62 are left, and the large one needs 60
  await node.want("reg.lab/large:1", 1);
  await node.want("reg.lab/small:1", 0);
  await node.start();
  await node.run(20_000);
  assertEquals(node.runtime.begun.map(({ reference }) => reference), ["reg.lab/large:1"]);
  await node.rest(HOUR);
  assertEquals(warmOf(node), ["large"]);
});

Deno.test("a registry that does not answer keeps the room of its image for ten seconds", async () => {
  const images = [{ ...image("large", 15 * GB), lookUpMs: 60_000 }, image("small", 3 * GB)];
  await using node = new FillingNode({ ...DISK, images });
  node.runtime.disk.node.others(18 * GB, 0);
  await node.want("reg.lab/large:1", 1);
  await node.want("reg.lab/small:1", 0);
  await node.start();
  await node.run(9_000);
  assertEquals(node.runtime.begun, []);
  await node.run(6_000);
  assertEquals(node.runtime.begun.map(({ reference }) => reference), ["reg.lab/small:1"]);
});

Deno.test("an image that takes little of the room waits for nobody", async () => {
  const images = [{ ...image("large", 15 * GB), lookUpMs: 8_000 }, image("tiny", 0.1 * GB)];
  await using node = new FillingNode({ ...DISK, images });
  await node.want("reg.lab/large:1", 1);
  await node.want("reg.lab/tiny:1", 0);
  await node.start();
  await node.run(3_000);
  assertEquals(node.runtime.begun.map(({ reference }) => reference), ["reg.lab/tiny:1"]);
});

Deno.test("a tag that has moved to an image without room for it leaves the old one warm", async () => {
  await using node = new FillingNode({
    ...DISK,
    images: [image("app", GB)],
    refreshEveryMs: HOUR,
  });
  await node.want("reg.lab/app:1", 0, { refresh: true });
  await node.start();
  await node.rest(10_000);
  node.runtime.move({ ...image("new", 30 * GB), reference: "reg.lab/app:1" });
  for (let hour = 0; hour < 24; hour++) await node.rest(HOUR);
  assertEquals(node.runtime.begun.length, 1);
  assert(node.runtime.lookUps > 3, `${node.runtime.lookUps} look-ups`);
  assertEquals(warmOf(node), ["app"]);
  assertEquals(node.reported("reg.lab/app:1")?.state, "warm");
});

/** Is taken for 4 GB of disk per GB, and takes 3.5. */
function image(name: string, bytes: number): ModelledImage {
  return {
    reference: `reg.lab/${name}:1`,
    layers: [{ digest: name, bytes, unpacksTo: 2.5, bytesPerFile: 20_000 }],
    writesPerSecond: 0.28 * GB,
  };
}

function warmOf(node: FillingNode): string[] {
  const names = node.runtime.warmImages().map(({ reference }) =>
    /([a-z]+):1$/.exec(reference)?.[1]
  );
  return names.map(String).sort();
}

async function day(node: FillingNode, names: readonly string[]): Promise<void> {
  for (const name of names) await node.want(`reg.lab/${name}:1`);
  await node.start();
  await node.run(HOUR);
  for (let hour = 1; hour < 24; hour++) await node.rest(HOUR);
}
