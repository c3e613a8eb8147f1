import type { Metrics } from "../ports/metrics.ts";
import type { LedgerCounts } from "../pure/pulls/ledger_counts.ts";
import { FAILURE_RULES, type PullFailure } from "../pure/pulls/pull_outcome.ts";

/** Shows how many of this node's images are in which state. */
export function showCounts(metrics: Metrics, counts: LedgerCounts): void {
  const { wanted, warm, pulling, waiting, failed } = counts;
  metrics.gauge("warm_images_node_wanted", wanted);
  metrics.gauge("warm_images_node_warm", warm);
  metrics.gauge("warm_images_pulling", pulling);
  metrics.gauge("warm_images_waiting", waiting);
  for (const reason of Object.keys(FAILURE_RULES) as PullFailure[]) {
    metrics.gauge("warm_images_failed", failed.get(reason) ?? 0, { reason });
  }
}
