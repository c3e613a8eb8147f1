/** Collects causes to act, so that a loop wakes once for many of them. */
export class Wake {
  readonly #causes = new Set<string>();
  #ring: (() => void) | undefined;

  /** Asks the loop to act; causes are shown in its log line. */
  call(cause: string): void {
    this.#causes.add(cause);
    this.#ring?.();
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
    if (this.#causes.size === 0) await this.#called(idleMs, signal);
    if (this.#causes.size === 0) return [];
    const latest = Date.now() + maxMs;
    for (;;) {
      const waitMs = Math.min(quietMs, latest - Date.now());
      if (waitMs <= 0 || !(await this.#called(waitMs, signal))) break;
    }
    const causes = [...this.#causes];
    this.#causes.clear();
    return causes;
  }

  /** True when called within `ms`; false when time passed or `signal` aborted. */
  #called(ms: number, signal: AbortSignal): Promise<boolean> {
    if (signal.aborted) return Promise.resolve(false);
    return new Promise((resolve) => {
      const end = (called: boolean) => {
        clearTimeout(timer);
        signal.removeEventListener("abort", stop);
        this.#ring = undefined;
        resolve(called);
      };
      const stop = () => end(false);
      const timer = setTimeout(stop, ms);
      signal.addEventListener("abort", stop);
      this.#ring = () => end(true);
    });
  }
}
