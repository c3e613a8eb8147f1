import type { Logger } from "../ports/logger.ts";
import type { Metrics } from "../ports/metrics.ts";
import type { Observation } from "../ports/wants_source.ts";
import type { WantedSet } from "../pure/wants/wanted_set.ts";

/** Faults logged in one pass; the metric counts all. */
const MAX_LINES = 100;

/** Logs each faulty item of the input once, when it appears. */
export class FaultLog {
  readonly #logger: Logger;
  readonly #metrics: Metrics;
  #known = new Set<string>();

  constructor(deps: { readonly logger: Logger; readonly metrics: Metrics }) {
    this.#logger = deps.logger;
    this.#metrics = deps.metrics;
  }

  /** Logs the faults that were not there the last time. */
  show(set: WantedSet, observation: Observation): void {
    const now = new Set<string>(observation.faults);
    const fresh: (() => void)[] = observation.faults.filter((fault) => !this.#known.has(fault))
      .map((fault) => () => this.#logger.warn("Skipped unreadable input", { fault }));
    for (const fault of set.faults) {
      const id = JSON.stringify(fault);
      now.add(id);
      const { kind, namespace, name, field, value, why } = fault;
      if (this.#known.has(id)) continue;
      fresh.push(() =>
        this.#logger.warn("Skipped a faulty item", { kind, namespace, name, field, value, why })
      );
    }
    for (const show of fresh.slice(0, MAX_LINES)) show();
    if (fresh.length > MAX_LINES) {
      this.#logger.warn("Left out more faults", { count: fresh.length - MAX_LINES });
    }
    this.#known = now;
    this.#metrics.gauge("warm_images_input_faults", now.size);
  }
}
