import { BufferedRange } from "./buffered_range.ts";
import { NoRangesError, readRange } from "./range_reader.ts";
import type { BlobSource, RangeAnswer } from "./range_answer.ts";
import { type BlobPart, RegistryError } from "../registries/repository.ts";

/**
 * Of one request. Measured with 20 MB/s per connection and 40 ms until an answer, 1 GB over eight
 * connections: parts of 2 MB 8.2 s, of 4 MB 7.5 s, of 8 MB 7.2 s, for 55, 65, 95 MB of memory.
 */
export const PART_BYTES = 4 * 1024 * 1024;

/**
 * Parts that may be there beyond those on their way, so that no connection waits for a slow one; with
 * three blobs at once one more for each would be 10 MB more of memory (measured).
 */
const SPARE_PARTS = { alone: 2, amongOthers: 1 };

/**
 * Reads bytes of a large blob in parts over several connections, in order: the part whose turn it is
 * passes as it arrives, those behind it wait in memory. Goes on over one connection where the server
 * turns out to know no ranges, or does not bear several connections.
 */
export async function* readInParts(
  source: BlobSource,
  range: BlobPart,
  { first, signal }: { readonly first: RangeAnswer; readonly signal: AbortSignal },
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  let at = range.from;
  try {
    for await (const chunk of partsOf(source, range, first, signal)) {
      at += chunk.length;
      yield chunk;
    }
  } catch (error) {
    signal.throwIfAborted();
    if (!mayDoAsOne(error)) throw error;
    yield* readRange(source, { from: at, end: range.end }, { signal, wholeBlobs: "skip" });
  }
}

async function* partsOf(
  source: BlobSource,
  { from, end }: BlobPart,
  first: RangeAnswer,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const ending = new AbortController();
  const joint = AbortSignal.any([signal, ending.signal]);
  const parts: BufferedRange[] = [];
  let next = from;
  const most = () => claim.share + (claim.isAlone ? SPARE_PARTS.alone : SPARE_PARTS.amongOthers);
  const fill = (): void => {
    while (next < end && parts.length < most() && !joint.aborted && claim.take()) {
      const part = { from: next, end: Math.min(next + PART_BYTES, end) };
      const chunks = readRange(source, part, {
        signal: joint,
        first: next === from ? first : undefined,
        wholeBlobs: "throw",
      });
      next = part.end;
      parts.push(
        new BufferedRange(chunks, () => {
          claim.give();
          fill();
        }),
      );
    }
  };
  using claim = source.intake.shared.connections.claim(fill);
  try {
    fill();
    for (let head = parts[0]; head !== undefined; head = parts[0]) {
      for (let chunk = await head.next(); chunk !== undefined; chunk = await head.next()) {
        yield chunk;
      }
      parts.shift();
      fill();
    }
  } finally {
    ending.abort();
    await Promise.all(parts.map((part) => part.drop()));
  }
}

function mayDoAsOne(error: unknown): boolean {
  if (error instanceof NoRangesError) return true;
  const passing = ["network", "server_error", "bad_content"];
  return error instanceof RegistryError && passing.includes(error.failure.failure);
}
