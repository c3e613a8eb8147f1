import type { UsesReport } from "../bucket/agent_wire.ts";
import { withoutUnset } from "../without_unset.ts";

/** What containers of several nodes needed, summed; `since` is the earliest of them. */
export function sumUses(all: Iterable<UsesReport | undefined>): UsesReport | undefined {
  let sum: UsesReport | undefined;
  for (const uses of all) {
    if (uses === undefined) continue;
    sum = sum === undefined ? uses : withoutUnset({
      since: sum.since < uses.since ? sum.since : uses.since,
      firstUses: sum.firstUses + uses.firstUses,
      misses: sum.misses + uses.misses,
      late: sum.late + uses.late,
      unusedBytes: sum.unusedBytes + uses.unusedBytes,
      savedSeconds: sum.savedSeconds === undefined && uses.savedSeconds === undefined
        ? undefined
        : (sum.savedSeconds ?? 0) + (uses.savedSeconds ?? 0),
    });
  }
  return sum;
}
