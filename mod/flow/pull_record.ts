import type { Clock } from "../ports/clock.ts";
import type { Logger } from "../ports/logger.ts";
import type { Metrics } from "../ports/metrics.ts";
import { momentOf } from "../pure/moment.ts";
import type { ImageLedger } from "../pure/pulls/image_ledger.ts";
import type { PullCandidate } from "../pure/pulls/pull_choice.ts";
import type { PullOutcome } from "../pure/pulls/pull_outcome.ts";
import { withoutUnset } from "../pure/without_unset.ts";
import type { UsesKeeper } from "./uses_keeper.ts";

/** What `PullRecord` works with. */
export interface PullRecordDeps {
  readonly ledger: ImageLedger;
  readonly uses: Pick<UsesKeeper, "pulled">;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly clock: Clock;
}

type Pulled = Pick<PullCandidate, "reference" | "refresh">;

/** Takes beginnings and ends of pulls into the ledger, the log and the metrics. */
export class PullRecord {
  readonly #deps: PullRecordDeps;

  constructor(deps: PullRecordDeps) {
    this.#deps = deps;
  }

  begun({ reference, refresh }: Pulled): void {
    const { ledger, clock, logger } = this.#deps;
    if (refresh) ledger.beginRefresh(reference, momentOf(clock));
    else ledger.beginPull(reference, momentOf(clock));
    logger.debug(refresh ? "Asking whether a tag has moved" : "Pull started", { reference });
  }

  ended({ reference, refresh }: Pulled, outcome: PullOutcome): void {
    if (refresh) this.#refreshed(reference, outcome);
    else this.#pulled(reference, outcome);
  }

  /** An image is not pulled at all, as it is known to find no room. */
  leftOut(reference: string, detail: string): void {
    const { ledger, clock, logger } = this.#deps;
    const now = momentOf(clock);
    ledger.beginPull(reference, now);
    ledger.recordPull(reference, { result: "failed", failure: "no_room", detail }, now);
    logger.info("Left out an image, there is no room for it", { reference, detail });
  }

  #refreshed(reference: string, outcome: PullOutcome): void {
    const { ledger, uses, logger, metrics, clock } = this.#deps;
    const result = ledger.recordRefresh(reference, outcome, momentOf(clock));
    if (result === undefined) return;
    metrics.count("warm_images_refreshes_total", { result });
    if (outcome.result === "failed") {
      const { failure: reason, detail } = outcome;
      logger.debug("Could not ask whether a tag has moved", { reference, reason, detail });
    } else if (result === "moved" && outcome.result === "pulled") {
      if (outcome.as === undefined) uses.pulled(reference, { ...outcome, hasMoved: true });
      logger.info("Image is warm again, its tag had moved", { reference });
    }
  }

  #pulled(reference: string, outcome: PullOutcome): void {
    const { ledger, uses, logger, metrics, clock } = this.#deps;
    ledger.recordPull(reference, outcome, momentOf(clock));
    const result = outcome.result === "failed" ? outcome.failure : outcome.result;
    metrics.count("warm_images_pulls_total", { result });
    switch (outcome.result) {
      case "pulled": {
        const seconds = ledger.pullSeconds(reference);
        if (outcome.as === undefined) uses.pulled(reference, { ...outcome, seconds });
        if (seconds !== undefined) metrics.observe("warm_images_pull_seconds", seconds);
        const { as, bytes } = outcome;
        return logger.info("Image is warm", withoutUnset({ reference, as, seconds, bytes }));
      }
      case "cancelled":
      case "same":
        return logger.info("Pull cancelled", { reference });
      case "failed":
        return this.#failed(reference, outcome);
      default:
        outcome satisfies never;
    }
  }

  #failed(reference: string, outcome: PullOutcome & { readonly result: "failed" }): void {
    const { ledger, logger } = this.#deps;
    const { failure: reason, detail } = outcome;
    if (reason === "no_room") {
      return logger.info("Left out an image, there is no room for it", { reference, detail });
    }
    const retryAt = this.#shownTime(ledger.retryAt(reference));
    // Said once for all images, where the snapshotter is found.
    const level = reason === "lazy_snapshotter" ? "debug" : "warn";
    logger[level]("Pull failed", { reference, reason, detail, retryAt });
  }

  /** The time of day at which a due time (monotonic ms) comes, as clocks stand now. */
  #shownTime(at: number | undefined): string | undefined {
    if (at === undefined) return undefined;
    const { wallMs, monotonicMs } = momentOf(this.#deps.clock);
    return new Date(wallMs + at - monotonicMs).toISOString();
  }
}
