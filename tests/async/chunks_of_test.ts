import { assert, assertEquals, assertRejects } from "@std/assert";
import { chunksOf } from "../../mod/async/chunks_of.ts";

const { signal } = new AbortController();

function endless(cancelled: () => void): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start: (controller) => controller.enqueue(new Uint8Array([1])),
    cancel: cancelled,
  });
}

Deno.test("chunks come as they are, until the stream ends", async () => {
  const stream = ReadableStream.from([new Uint8Array([1, 2]), new Uint8Array([3])]);
  assertEquals(await Array.fromAsync(chunksOf(stream, signal)), [
    new Uint8Array([1, 2]),
    new Uint8Array([3]),
  ]);
});

Deno.test("the error of a stream is thrown", async () => {
  const stream = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.error(new TypeError("connection reset")),
  });
  await assertRejects(() => Array.fromAsync(chunksOf(stream, signal)), TypeError, "reset");
});

// Deno's fetch forgets its signal after a garbage collection; this body never knew of one.
Deno.test("a body that no signal reaches is given up when the signal aborts", async () => {
  const stop = new AbortController();
  let cancelled = false;
  const body = new ReadableStream<Uint8Array>({ cancel: () => void (cancelled = true) });
  const chunks = chunksOf(body, stop.signal);
  const first = chunks.next();
  stop.abort(new Error("enough"));
  await assertRejects(() => first, Error, "enough");
  assert(cancelled);
});

Deno.test("nothing is read once the signal has aborted", async () => {
  let cancelled = false;
  const chunks = chunksOf(endless(() => cancelled = true), AbortSignal.abort(new Error("enough")));
  await assertRejects(() => chunks.next(), Error, "enough");
  assert(cancelled);
});

Deno.test("a stream that is left early is cancelled", async () => {
  let cancelled = false;
  for await (const chunk of chunksOf(endless(() => cancelled = true), signal)) {
    assertEquals(chunk, new Uint8Array([1]));
    break;
  }
  assert(cancelled);
});
