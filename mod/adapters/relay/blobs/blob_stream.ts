import { onAbort } from "../../../async/on_abort.ts";
import { PART_BYTES, readInParts } from "./blob_parts.ts";
import { openRange, readRange } from "./range_reader.ts";
import type { BlobSource } from "./range_answer.ts";
import type { BlobPart } from "../registries/repository.ts";

/** Above this a blob is fetched in parts: below, one connection is quick enough. */
const IN_PARTS_ABOVE_BYTES = 32_000_000;

/**
 * Begins to fetch bytes of a blob; resolves when the registry has agreed to send them. Throws
 * `RegistryError`, and so does the stream when the registry does not keep its word. `signal` has to
 * abort in the end, whether or not the stream has been read.
 */
export async function openBlob(
  source: BlobSource,
  range: BlobPart,
  signal: AbortSignal,
): Promise<AsyncGenerator<Uint8Array<ArrayBuffer>>> {
  const { from, end } = range;
  const isLarge = end - from > IN_PARTS_ABOVE_BYTES;
  const first = await openRange(source, isLarge ? { from, end: from + PART_BYTES } : range, signal);
  // Also where nobody comes to read it: a stream that is being read lets go of it by itself.
  onAbort(signal, () => void first.body.cancel().catch(() => {}));
  if (isLarge && !first.isWhole) return readInParts(source, range, { first, signal });
  return readRange(source, range, { signal, first, wholeBlobs: "skip" });
}
