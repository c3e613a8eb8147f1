import type { ImageEntry } from "./image_entry.ts";
import { isSkip, isWait, type PullFailure } from "./pull_outcome.ts";

/** Counts over all images this node should have. */
export interface LedgerCounts {
  readonly wanted: number;
  readonly warm: number;
  /** Those of the warm ones of which only the bytes are kept. */
  readonly bytes: number;
  readonly pulling: number;
  readonly waiting: number;
  /** By why their last pull failed; images that wait or are pulled again are among them. */
  readonly failed: ReadonlyMap<PullFailure, number>;
  /** By why this node does without them; they have not failed. */
  readonly skipped: ReadonlyMap<PullFailure, number>;
}

/** Counts images by their state. */
export function ledgerCounts(entries: Iterable<ImageEntry>): LedgerCounts {
  const counts = { wanted: 0, warm: 0, bytes: 0, pulling: 0, waiting: 0 };
  const failed = new Map<PullFailure, number>();
  const skipped = new Map<PullFailure, number>();
  for (const { state, as, lastFailure } of entries) {
    counts.wanted++;
    if (state === "warm" || state === "pulling" || state === "waiting") counts[state]++;
    if (state === "warm" && as === "bytes") counts.bytes++;
    if (lastFailure === undefined || isWait(lastFailure)) continue;
    const byReason = isSkip(lastFailure) ? skipped : failed;
    byReason.set(lastFailure, (byReason.get(lastFailure) ?? 0) + 1);
  }
  return { ...counts, failed, skipped };
}
