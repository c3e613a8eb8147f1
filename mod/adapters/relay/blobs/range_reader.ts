import { readBody } from "./body_reader.ts";
import { type BlobSource, type RangeAnswer, requestRange } from "./range_answer.ts";
import { type BlobPart, RegistryError } from "../registries/repository.ts";
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
 * Reads bytes of a blob. What breaks is asked for again, from the byte where it broke; where no range
 * is to be had, the whole blob is. Throws `RegistryError` when that does not help, and
 * `NoRangesError` if told to.
 */
export async function* readRange(
  source: BlobSource,
  { from, end }: BlobPart,
  { signal, first, wholeBlobs }: ReadOptions,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const tries = new Tries();
  let answer = first;
  let asksForAll = false;
  for (let at = from; at < end; answer = undefined) {
    try {
      answer ??= await requestRange(source, asksForAll ? all(source) : { from: at, end }, signal);
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
      if (wholeBlobs === "skip" && !asksForAll && isOfRanges(error)) asksForAll = true;
      else await tries.next(error, { signal });
    }
  }
}

/**
 * Asks for bytes of a blob until there is an answer, which is the whole blob where no range is to be
 * had. Throws `RegistryError` when there is none.
 */
export async function openRange(
  source: BlobSource,
  range: BlobPart,
  signal: AbortSignal,
): Promise<RangeAnswer> {
  for (const tries = new Tries();;) {
    try {
      return await requestRange(source, range, signal);
    } catch (error) {
      if (!signal.aborted && isOfRanges(error) && !isAll(source, range)) break;
      await tries.next(error, { signal });
    }
  }
  return { ...await openRange(source, all(source), signal), isWhole: true };
}

/**
 * Whether a server may yet have the blob although a range of it is not to be had for good: it sends
 * other bytes or says nothing of which, or whatever stands before it does not know ranges. The
 * runtime by itself would not have asked for one.
 */
function isOfRanges(error: unknown): boolean {
  if (!(error instanceof RegistryError)) return false;
  const { failure: { failure }, status = 500 } = error;
  return failure === "bad_content" || (failure === "server_error" && status < 500);
}

function all({ bytes }: BlobSource): BlobPart {
  return { from: 0, end: bytes };
}

function isAll({ bytes }: BlobSource, { from, end }: BlobPart): boolean {
  return from === 0 && end === bytes;
}
