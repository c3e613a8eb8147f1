import type { Logger } from "../ports/logger.ts";
import type { Metrics } from "../ports/metrics.ts";
import type { Observation } from "../ports/wants_source.ts";
import type { WantsFault } from "../pure/wants/asked.ts";
import type { WantedSet } from "../pure/wants/wanted_set.ts";

/** Faults logged in one pass; the metric counts all. */
const MAX_LINES = 100;

/** What `FaultLog` works with. */
export interface FaultLogDeps {
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** Logs each faulty item of the input once, when it appears. */
export class FaultLog {
  readonly #deps: FaultLogDeps;
  #known = new Set<string>();
  #leftOut: readonly WantsFault[] = [];

  constructor(deps: FaultLogDeps) {
    this.#deps = deps;
  }

  /** Takes in what the last write had to leave out; `show()` treats it as any fault. */
  leftOut(faults: readonly WantsFault[]): void {
    this.#leftOut = faults;
  }

  /** Logs the faults that were not there the last time. */
  show(set: WantedSet, observation: Pick<Observation, "faults">): void {
    const { logger, metrics } = this.#deps;
    const now = new Set<string>(observation.faults);
    const fresh: (() => void)[] = observation.faults.filter((fault) => !this.#known.has(fault))
      .map((fault) => () => logger.warn("Skipped unreadable input", { fault }));
    for (const fault of [...set.faults, ...this.#leftOut]) {
      const id = JSON.stringify(fault);
      now.add(id);
      if (this.#known.has(id)) continue;
      const { kind, namespace, name, field, value, why } = fault;
      fresh.push(() =>
        logger.warn("Skipped a faulty item", { kind, namespace, name, field, value, why })
      );
    }
    for (const log of fresh.slice(0, MAX_LINES)) log();
    if (fresh.length > MAX_LINES) {
      logger.warn("Left out more faults", { count: fresh.length - MAX_LINES });
    }
    this.#known = now;
    metrics.gauge("warm_images_input_faults", now.size);
  }
}
