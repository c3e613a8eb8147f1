import { compareTexts } from "../compare_texts.ts";

/** How often a reason is given. */
export interface ReasonCount {
  /** Its code, such as `not_found`: what stands before ": " in a report. */
  readonly reason: string;
  readonly count: number;
}

/** The code of a reason as reports give it, such as `not_found` of `not_found: no such tag`. */
export function reasonCode(reason: string | undefined): string {
  return reason?.split(": ", 1)[0] || UNTOLD;
}

/** Where a report tells none. */
const UNTOLD = "unknown";

/** Counts by reason, the most frequent first. */
export function sortedReasons(counts: ReadonlyMap<string, number>): ReasonCount[] {
  return [...counts].map(([reason, count]) => ({ reason, count })).sort((one, other) =>
    other.count - one.count || compareTexts(one.reason, other.reason)
  );
}
