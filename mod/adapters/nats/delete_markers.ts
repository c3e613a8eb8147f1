import type { Bucket } from "./bucket.ts";
import { type StoredEntry, storedKeys } from "./survey.ts";
import { purgeKey } from "./writes.ts";

/**
 * A deleted key leaves a marker in the bucket for ever. Followers that were away need no marker
 * older than this: they compare what they hold with the whole bucket when they come back.
 */
const KEEP_MARKERS_MS = 60 * 60_000;

/** The most markers that one sweep removes; the rest waits for the next sweep. */
const MAX_PER_SWEEP = 2000;

/**
 * Removes old delete markers, so that the bucket does not grow with every image that ever was
 * wanted. Resolves to how many were removed. Throws the library's errors.
 *
 * Not `kv.purgeDeletes()`: it would also remove a value written to the key in the meantime.
 */
export async function sweepDeleteMarkers(
  bucket: Bucket,
  options: { readonly signal: AbortSignal; readonly keepMs?: number },
): Promise<number> {
  const before = Date.now() - (options.keepMs ?? KEEP_MARKERS_MS);
  const markers = (await findMarkers(bucket, options.signal))
    .filter((marker) => marker.created <= before)
    .slice(0, MAX_PER_SWEEP);
  for (const { key, revision } of markers) {
    options.signal.throwIfAborted();
    await purgeKey(bucket, key, revision); // a newer value of the key has a higher number
  }
  return markers.length;
}

async function findMarkers(bucket: Bucket, signal: AbortSignal): Promise<StoredEntry[]> {
  const markers: StoredEntry[] = [];
  for await (const entry of storedKeys(bucket, signal)) if (entry.deleted) markers.push(entry);
  return markers;
}
