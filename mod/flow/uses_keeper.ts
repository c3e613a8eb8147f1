import type { Clock } from "../ports/clock.ts";
import type { RuntimeEvent } from "../ports/image_runtime.ts";
import type { Logger } from "../ports/logger.ts";
import type { Metrics } from "../ports/metrics.ts";
import type { UsesReport } from "../pure/bucket/agent_wire.ts";
import { momentOf } from "../pure/moment.ts";
import type { ImageLedger } from "../pure/pulls/image_ledger.ts";
import { type BroughtImage, ImageUses, type UseOutcome } from "../pure/uses/image_uses.ts";

/** What `UsesKeeper` works with. */
export interface UsesKeeperDeps {
  readonly ledger: Pick<ImageLedger, "look">;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly clock: Clock;
}

/** Counts which images were warm when containers first needed them, in metrics and the log. */
export class UsesKeeper {
  readonly #deps: UsesKeeperDeps;
  readonly #uses: ImageUses;

  constructor(deps: UsesKeeperDeps) {
    this.#deps = deps;
    this.#uses = new ImageUses((reference) => deps.ledger.look(reference));
  }

  /** Grows with every change that a report or `show()` would show. */
  get version(): number {
    return this.#uses.version;
  }

  /** Takes in what the runtime tells. */
  take(event: RuntimeEvent): void {
    this.#count(this.#uses.take(event, momentOf(this.#deps.clock)));
    if (event.type !== "following") return;
    const { names, inUse } = event;
    const counts = { names: names.length, inUse: inUse.length };
    this.#deps.logger.debug("Follows which images containers need", counts);
  }

  /** Takes in what a pull of ours has brought. */
  pulled(reference: string, brought: BroughtImage): void {
    this.#count(this.#uses.pulled(reference, brought, momentOf(this.#deps.clock)));
  }

  /** Takes in that other images may be wanted now. */
  wantedChanged(): void {
    this.#count(this.#uses.wantedChanged(momentOf(this.#deps.clock)));
  }

  /** Shows what is held for nothing so far, where that is known. */
  show(): void {
    if (!this.#uses.isKnown) return;
    this.#deps.metrics.gauge("warm_images_unused_bytes", this.#uses.unusedBytes());
  }

  /** For the beat; undefined while nothing is known. */
  report(): UsesReport | undefined {
    return this.#uses.report();
  }

  /** When images were first needed, in ms since the epoch, by name. */
  usedTimes(): ReadonlyMap<string, number> {
    return this.#uses.usedTimes();
  }

  #count(outcomes: readonly UseOutcome[]): void {
    const { logger, metrics } = this.#deps;
    for (const outcome of outcomes) {
      const { result: _, ...fields } = outcome;
      switch (outcome.result) {
        case "first_use":
          metrics.count("warm_images_first_uses_total");
          if (outcome.as === "bytes") metrics.count("warm_images_first_uses_from_bytes_total");
          if (outcome.savedSeconds !== undefined) {
            metrics.count("warm_images_node_saved_seconds_total", {}, outcome.savedSeconds);
          }
          logger.debug("A container found its image warm", fields);
          break;
        case "miss":
          metrics.count("warm_images_misses_total");
          if (outcome.late) metrics.count("warm_images_late_total");
          logger.info("An image was needed before it was warm", fields);
          break;
        case "never_used":
          metrics.count("warm_images_never_used_bytes_total", {}, outcome.bytes);
          logger.debug("An image was deleted that no container had needed", fields);
          break;
        default:
          outcome satisfies never;
      }
    }
  }
}
