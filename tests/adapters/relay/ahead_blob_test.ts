import { assertEquals } from "@std/assert";
import { AheadBlob } from "../../../mod/adapters/relay/blobs/ahead_blob.ts";
import { BufferedRange } from "../../../mod/adapters/relay/blobs/buffered_range.ts";
import { never } from "../../harness/signals.ts";

const ALL = { from: 0, end: 6 };

Deno.test("a blob in memory that is given up leaves nothing to the garbage collector", async () => {
  const { chunks, held } = twoChunks();
  const blob = new AheadBlob(chunks());
  await blob.ended;
  assertEquals(held(), 6);
  blob.giveUp();
  assertEquals(held(), 0);
});

Deno.test("whoever reads a blob that is given up gets the rest of it", async () => {
  const { chunks, held } = twoChunks();
  const blob = new AheadBlob(chunks());
  await blob.ended;
  const reader = blob.read(ALL, never());
  assertEquals((await reader.next()).value, new Uint8Array([1, 2, 3]));
  blob.giveUp();
  assertEquals(held(), 6);
  assertEquals((await reader.next()).value, new Uint8Array([4, 5, 6]));
  assertEquals((await reader.next()).done, true);
  assertEquals(held(), 0);
});

Deno.test("a blob that is given up on its way keeps nothing of what still comes", async () => {
  const { chunks, held } = twoChunks();
  const blob = new AheadBlob(chunks());
  blob.giveUp();
  await blob.ended;
  assertEquals(held(), 0);
});

Deno.test("a part that nobody takes leaves nothing to the garbage collector", async () => {
  const { chunks, held } = twoChunks();
  const part = new BufferedRange(chunks());
  assertEquals(await part.next(), new Uint8Array([1, 2, 3]));
  await part.drop();
  assertEquals(held(), 3, "what was taken is its taker's");
});

/** Six bytes in two chunks, and how many of them are still in memory. */
function twoChunks() {
  const all = [new Uint8Array([1, 2, 3]), new Uint8Array([4, 5, 6])];
  return {
    async *chunks() {
      yield* all;
    },
    held: () => all.reduce((sum, { byteLength }) => sum + byteLength, 0),
  };
}
