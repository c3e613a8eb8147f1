import { onAbort } from "./on_abort.ts";
import { startTimer } from "./timer.ts";

/**
 * Wakes one waiting loop. Rings that come before the wait, or several during it, count as one: the
 * loop reads the present state after each.
 */
export class WakeSignal {
  #rung = false;
  #wake: (() => void) | undefined;

  /** Ends the present wait, or the next one at once. */
  ring(): void {
    this.#rung = true;
    this.#wake?.();
  }

  /**
   * Waits for a ring, for at most `ms`, and until `signal` aborts. Resolves to whether it was rung.
   * For one waiter at a time.
   */
  async wait(
    options: { readonly ms?: number; readonly signal?: AbortSignal } = {},
  ): Promise<boolean> {
    if (!this.#rung) await this.#nextEvent(options.ms, options.signal);
    const rung = this.#rung;
    this.#rung = false;
    return rung;
  }

  async #nextEvent(ms: number | undefined, signal: AbortSignal | undefined): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    using _listener = signal && onAbort(signal, resolve);
    using _timer = ms === undefined ? undefined : startTimer(ms, resolve);
    await promise;
    this.#wake = undefined;
  }
}
