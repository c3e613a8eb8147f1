import type { Metrics } from "../ports/metrics.ts";
import type { PullOutcome } from "../pure/pulls/pull_outcome.ts";
import { REGISTRY_RESULTS, registryResult } from "../pure/pulls/registry_result.ts";

/**
 * Registries with series of their own, the first that are pulled from; others share one. A list of
 * images may name thousands, and each series of each node costs whoever scrapes them.
 */
const MOST_REGISTRIES = 16;
const OTHERS = "other";

/** Measures pulls by the registry they come from. */
export class RegistryMeter {
  readonly #metrics: Metrics;
  readonly #known = new Set<string>();

  constructor(metrics: Metrics) {
    this.#metrics = metrics;
  }

  /** A pull begins: its registry gets its series, as a rate needs a first value. */
  begun(registry: string): void {
    const label = this.#label(registry);
    this.#metrics.count("warm_images_registry_bytes_total", { registry: label }, 0);
    for (const result of REGISTRY_RESULTS) this.#count(label, result, 0);
  }

  /** Bytes have arrived. */
  arrived(registry: string, bytes: number): void {
    this.#metrics.count("warm_images_registry_bytes_total", {
      registry: this.#label(registry),
    }, bytes);
  }

  /** A pull has ended. */
  ended(registry: string, outcome: PullOutcome): void {
    const result = registryResult(outcome);
    if (result !== undefined) this.#count(this.#label(registry), result, 1);
  }

  #count(registry: string, result: string, by: number): void {
    this.#metrics.count("warm_images_registry_pulls_total", { registry, result }, by);
  }

  #label(registry: string): string {
    if (this.#known.has(registry)) return registry;
    if (this.#known.size >= MOST_REGISTRIES) return OTHERS;
    this.#known.add(registry);
    return registry;
  }
}
