import { readBody } from "./body_reader.ts";
import { type BlobSource, type RangeAnswer, requestRange } from "./range_answer.ts";
import type { BlobPart } from "./repository.ts";
import { Tries } from "./tries.ts";

/** The server sends whole blobs, whatever part of one it is asked for. */
export class NoRangesError extends Error {
  override readonly name = "NoRangesError";
}

/** How to read bytes of a blob. */
export interface ReadOptions {
  readonly signal: AbortSignal;
  /** An answer that is there already. */
  readonly first?: RangeAnswer | undefined;
  /** What to do with a server that sends whole blobs: read these from the start, and pass over the rest. */
  readonly wholeBlobs: "skip" | "throw";
}

/**
 * Reads bytes of a blob. What breaks is asked for again, from the byte where it broke. Throws
 * `RegistryError` when that does not help, and `NoRangesError` if told to.
 */
export async function* readRange(
  source: BlobSource,
  { from, end }: BlobPart,
  { signal, first, wholeBlobs }: ReadOptions,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const tries = new Tries();
  let answer = first;
  for (let at = from; at < end; answer = undefined) {
    try {
      answer ??= await requestRange(source, { from: at, end }, signal);
      if (answer.isWhole && wholeBlobs === "throw") {
        await answer.body.cancel().catch(() => {});
        throw new NoRangesError();
      }
      let place = answer.from;
      for await (const chunk of readBody(answer.body, source.intake, signal)) {
        const wanted = chunk.subarray(Math.max(at - place, 0), end - place);
        place += chunk.length;
        if (wanted.length === 0) continue;
        at += wanted.length;
        tries.progressed();
        yield wanted;
        if (at === end) return;
      }
      throw new Error("it ended too early");
    } catch (error) {
      if (error instanceof NoRangesError) throw error;
      if (!signal.aborted) answer?.brokeOff();
      await tries.next(error, { signal });
    }
  }
}

/** Asks for bytes of a blob until there is an answer; throws `RegistryError` when there is none. */
export async function openRange(
  source: BlobSource,
  range: BlobPart,
  signal: AbortSignal,
): Promise<RangeAnswer> {
  for (const tries = new Tries();;) {
    try {
      return await requestRange(source, range, signal);
    } catch (error) {
      await tries.next(error, { signal });
    }
  }
}
