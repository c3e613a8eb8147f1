import type { ImageEntry } from "./image_entry.ts";
import type { PinCandidate } from "./pin_choice.ts";

/** Repositories of which at least one image is warm. */
export function warmRepositories(entries: Iterable<ImageEntry>): Set<string> {
  const repositories = new Set<string>();
  for (const entry of entries) if (entry.state === "warm") repositories.add(entry.repository);
  return repositories;
}

/** Bytes of all warm images as the runtime counts them; layers that they share count with each. */
export function warmBytes(entries: Iterable<ImageEntry>): number {
  let bytes = 0;
  for (const entry of entries) if (entry.state === "warm") bytes += entry.bytes ?? 0;
  return bytes;
}

/** Warm images, for `choosePins()`. */
export function pinCandidates(
  entries: Iterable<readonly [reference: string, entry: ImageEntry]>,
): PinCandidate[] {
  return [...entries].filter(([, { state }]) => state === "warm")
    .map(([reference, { wanted, bytes, since }]) => ({
      reference,
      bytes: bytes ?? wanted.sizeBytes,
      priority: wanted.priority,
      neededBy: wanted.neededBy,
      warmSince: since.wallMs,
    }));
}
