import { Deadline } from "./deadline.ts";
import { WakeSignal } from "./wake_signal.ts";

/** Collects causes to act, so that a loop wakes once for many of them. */
export class Wake {
  readonly #causes = new Set<string>();
  readonly #signal = new WakeSignal();

  /** Asks the loop to act; causes are shown in its log line. */
  call(cause: string): void {
    this.#causes.add(cause);
    this.#signal.ring();
  }

  /**
   * Waits for a cause, then for `quietMs` without a further one, but at most `maxMs`. Returns the
   * causes since the last call; none when `idleMs` passed without any, or when `signal` aborted.
   */
  async next(options: {
    readonly signal: AbortSignal;
    readonly idleMs: number;
    readonly quietMs?: number;
    readonly maxMs?: number;
  }): Promise<readonly string[]> {
    const { signal, idleMs, quietMs = 0, maxMs = quietMs } = options;
    if (!await this.#signal.wait({ ms: idleMs, signal })) return [];
    if (quietMs > 0) {
      using deadline = new Deadline(maxMs, "quiet", signal);
      while (await this.#signal.wait({ ms: quietMs, signal: deadline.signal }));
    }
    const causes = [...this.#causes];
    this.#causes.clear();
    return causes;
  }
}
