import type { Metrics } from "../ports/metrics.ts";
import type { PullProgress } from "../pure/pulls/pull_progress.ts";

/** Measures what running pulls fetch, and what they have left. */
export class PullMeter {
  readonly #metrics: Metrics;
  readonly #running = new Map<string, PullProgress>();

  constructor(metrics: Metrics) {
    this.#metrics = metrics;
    this.#show();
  }

  /** Takes in how far a pull has come. */
  progressed(reference: string, progress: PullProgress): void {
    const before = this.#running.get(reference)?.bytes ?? 0;
    this.#running.set(reference, progress);
    // A pull that begins anew the other way counts from there.
    const arrived = progress.bytes >= before ? progress.bytes - before : progress.bytes;
    if (arrived > 0) this.#metrics.count("warm_images_pull_bytes_total", {}, arrived);
    this.#show();
  }

  /** Takes in that a pull has ended. */
  ended(reference: string): void {
    if (this.#running.delete(reference)) this.#show();
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
