import { type ImageEntry, pullCandidate } from "./image_entry.ts";
import type { PullCandidate } from "./pull_choice.ts";
import type { Removals } from "./removals.ts";
import type { TagRefreshes } from "./tag_refreshes.ts";

/**
 * Images that a check did not find, those whose tag may have moved, and those kept as bytes that may
 * be open by now.
 */
export function pullCandidates(
  entries: ReadonlyMap<string, ImageEntry>,
  { refreshes, removals }: {
    readonly refreshes: Pick<TagRefreshes, "dueAt">;
    readonly removals: Pick<Removals, "until">;
  },
): PullCandidate[] {
  const candidates: PullCandidate[] = [];
  for (const [reference, entry] of entries) {
    if (entry.check !== "done" || entry.state === "pulling" || entry.refreshing) continue;
    const candidate = pullCandidate(reference, entry);
    const dueAt = refreshes.dueAt(reference);
    const { openFrom } = entry;
    if (entry.state !== "warm") {
      const notBefore = Math.max(entry.notBefore, removals.until(reference) ?? 0);
      candidates.push({ ...candidate, notBefore });
    } else if (openFrom !== undefined) {
      candidates.push({ ...candidate, digest: undefined, notBefore: openFrom, refresh: true });
    } else if (dueAt !== undefined) {
      candidates.push({ ...candidate, notBefore: dueAt, refresh: true });
    }
  }
  return candidates;
}
