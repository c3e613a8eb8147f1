import type { Metrics } from "../ports/metrics.ts";
import type { PullOutcome } from "../pure/pulls/pull_outcome.ts";
import type { PullProgress } from "../pure/pulls/pull_progress.ts";
import { RegistryMeter } from "./registry_meter.ts";

/** Takes in how far one pull has come; disposing, that it has ended. */
export interface MeteredPull extends Disposable {
  progressed(progress: PullProgress): void;
}

/** Measures what running pulls fetch, and what they have left. */
export class PullMeter {
  readonly #metrics: Metrics;
  readonly #registries: RegistryMeter;
  readonly #running = new Map<MeteredPull, PullProgress>();

  constructor(metrics: Metrics) {
    this.#metrics = metrics;
    this.#registries = new RegistryMeter(metrics);
    this.#show();
  }

  /** A pull from a registry begins. */
  begun(registry: string): MeteredPull {
    this.#registries.begun(registry);
    const pull: MeteredPull = {
      progressed: (progress) => this.#progressed(pull, registry, progress),
      [Symbol.dispose]: () => {
        if (this.#running.delete(pull)) this.#show();
      },
    };
    return pull;
  }

  /** One has ended. */
  ended(registry: string, outcome: PullOutcome): void {
    this.#registries.ended(registry, outcome);
  }

  #progressed(pull: MeteredPull, registry: string, progress: PullProgress): void {
    const before = this.#running.get(pull)?.bytes ?? 0;
    this.#running.set(pull, progress);
    const arrived = progress.bytes - before;
    if (arrived > 0) {
      this.#metrics.count("warm_images_pull_bytes_total", {}, arrived);
      this.#registries.arrived(registry, arrived);
    }
    this.#show();
  }

  #show(): void {
    let bytes = 0;
    let seconds = 0;
    for (const { bytes: arrived, totalBytes, secondsLeft = 0 } of this.#running.values()) {
      bytes += Math.max(0, totalBytes - arrived);
      seconds = Math.max(seconds, secondsLeft);
    }
    this.#metrics.gauge("warm_images_pull_bytes_left", bytes);
    this.#metrics.gauge("warm_images_pull_seconds_left", seconds);
  }
}
