import { finishesWithin } from "../../async/finishes_within.ts";
import { concatBytes } from "../../pure/concat_bytes.ts";

/** The text of a stream, which is read as it comes. */
export interface Collected {
  /** Waits a moment for the end of the stream, stops reading, and returns what was kept. */
  close(): Promise<string>;
}

/** How long to wait for the end, in ms: a grandchild with the pipe may keep it open for ever. */
const LAST_WORDS_MS = 500;

const BUFFER_BYTES = 4096;

/** Reads all of `stream` and keeps its last `maxBytes`. */
export function collectTail(stream: ReadableStream<Uint8Array>, maxBytes: number): Collected {
  let kept = new Uint8Array();
  const close = drain(stream, (chunk) => kept = concatBytes([kept, chunk]).slice(-maxBytes));
  return { close: () => close().then(() => new TextDecoder().decode(kept)) };
}

/** Reads all of `stream` and keeps up to `maxBytes`; calls `tooLong` once when there are more. */
export function collectWhole(
  stream: ReadableStream<Uint8Array>,
  maxBytes: number,
  tooLong: () => void,
): Collected {
  const chunks: Uint8Array[] = [];
  let length = 0;
  const close = drain(stream, (chunk) => {
    const fits = length <= maxBytes;
    length += chunk.length;
    if (length <= maxBytes) chunks.push(chunk);
    else if (fits) tooLong();
  });
  return { close: () => close().then(() => new TextDecoder().decode(concatBytes(chunks))) };
}

function drain(
  stream: ReadableStream<Uint8Array>,
  take: (chunk: Uint8Array) => void,
): () => Promise<void> {
  // A small buffer: Deno's own takes 64 KiB for each child, which adds up with hundreds of pulls.
  const reader = stream.getReader({ mode: "byob" });
  const drained = (async () => {
    let buffer = new Uint8Array(BUFFER_BYTES);
    for (;;) {
      const { done, value } = await reader.read(buffer);
      if (done) return;
      take(value.slice());
      buffer = new Uint8Array(value.buffer);
    }
  })().catch(() => {}); // a broken pipe ends the text too
  return async () => {
    if (await finishesWithin(drained, LAST_WORDS_MS)) return;
    await reader.cancel().catch(() => {});
    await drained;
  };
}

const MAX_LINE_LENGTH = 64 * 1024;

/** The lines of `stream`; a line longer than `MAX_LINE_LENGTH` is dropped. */
export async function* readLines(stream: ReadableStream<Uint8Array>): AsyncIterable<string> {
  const decoder = new TextDecoder();
  let rest = "";
  let isTooLong = false;
  for await (const chunk of stream) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    // What comes of a line whose beginning was dropped is no line.
    if (isTooLong && lines.shift() !== undefined) isTooLong = false;
    isTooLong ||= rest.length > MAX_LINE_LENGTH;
    if (isTooLong) rest = "";
    yield* lines;
  }
  if (rest !== "") yield rest;
}
