import type { Metrics } from "../ports/metrics.ts";
import type { LedgerCounts } from "../pure/pulls/ledger_counts.ts";
import { FAILURE_RULES, isSkip, isWait, type PullFailure } from "../pure/pulls/pull_outcome.ts";

/** Shows how many of this node's images are in which state. */
export function showCounts(metrics: Metrics, counts: LedgerCounts): void {
  const { wanted, warm, bytes, pulling, waiting, failed, skipped } = counts;
  metrics.gauge("warm_images_node_wanted", wanted);
  metrics.gauge("warm_images_node_warm", warm);
  metrics.gauge("warm_images_node_as_bytes", bytes);
  metrics.gauge("warm_images_pulling", pulling);
  metrics.gauge("warm_images_waiting", waiting);
  for (const reason of Object.keys(FAILURE_RULES) as PullFailure[]) {
    if (isWait(reason)) continue;
    if (isSkip(reason)) {
      metrics.gauge("warm_images_skipped", skipped.get(reason) ?? 0, { reason });
    } else metrics.gauge("warm_images_failed", failed.get(reason) ?? 0, { reason });
  }
}
