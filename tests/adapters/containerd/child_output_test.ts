import { assertEquals } from "@std/assert";
import { readLines } from "../../../mod/adapters/containerd/child_output.ts";

Deno.test("a line that is too long is dropped whole, however it comes, and others are not", async () => {
  const long = "x".repeat(1_000_000) + ' /images/delete {"name":"r/x:1"}';
  const text = ["first", "", long, "second", long, "third"].join("\n") + "\nlast";
  for (const size of [1_000, 65_536, 70_000, text.length]) {
    const lines: string[] = [];
    for await (const line of readLines(inChunks(text, size))) lines.push(line);
    // What comes at once is in memory already.
    const expected = lines.filter((line) => line.length < 1_000);
    assertEquals(expected, ["first", "", "second", "third", "last"], `in chunks of ${size}`);
    if (size <= 65_536) assertEquals(lines.length, expected.length);
  }
});

function inChunks(text: string, size: number): ReadableStream<Uint8Array> {
  const bytes = new TextEncoder().encode(text);
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at >= bytes.length) return controller.close();
      controller.enqueue(bytes.slice(at, at += size));
    },
  });
}
