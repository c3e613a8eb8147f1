import type { ImageEntry } from "./image_entry.ts";
import { diskBytesOf } from "../room/image_need.ts";
import type { PinCandidate } from "./pin_choice.ts";

/** Repositories of which at least one image is warm. */
export function warmRepositories(entries: Iterable<ImageEntry>): Set<string> {
  const repositories = new Set<string>();
  for (const entry of entries) if (entry.state === "warm") repositories.add(entry.repository);
  return repositories;
}

/** Disk that all warm images take, in bytes; layers that they share count with each. */
export function warmDiskBytes(entries: Iterable<ImageEntry>): number {
  let sum = 0;
  for (const { state, as, bytes = 0 } of entries) {
    if (state === "warm") sum += diskBytesOf(bytes, as);
  }
  return sum;
}

/** Warm images, for `choosePins()`; nothing but us could remove what is kept as bytes. */
export function pinCandidates(
  entries: Iterable<readonly [reference: string, entry: ImageEntry]>,
): PinCandidate[] {
  return [...entries].filter(([, { state, as }]) => state === "warm" && as === undefined)
    .map(([reference, { wanted, bytes, since }]) => ({
      reference,
      bytes: bytes ?? wanted.sizeBytes,
      priority: wanted.priority,
      neededBy: wanted.neededBy,
      warmSince: since.wallMs,
    }));
}
