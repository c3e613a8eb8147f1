import { onAbort } from "./on_abort.ts";

/** A task that was started and can be stopped by itself. */
export interface StartedTask {
  /** Aborts its signal; resolves once it has ended. */
  stop(): Promise<void>;
}

/**
 * Tasks that start and stop at any time, side by side. When one throws, all are aborted. Tasks end
 * quietly when their signal aborts.
 */
export class TaskGroup {
  readonly #failed = new AbortController();
  readonly #signal: AbortSignal;
  readonly #running = new Set<Promise<void>>();
  readonly #errors: unknown[] = [];

  /** `signal` ends all of them. */
  constructor(signal: AbortSignal) {
    this.#signal = AbortSignal.any([signal, this.#failed.signal]);
  }

  /** Starts a task, at once and also where the group has ended: its signal tells. */
  start(task: (signal: AbortSignal) => Promise<void>): StartedTask {
    const own = new AbortController();
    const running = this.#run(task, AbortSignal.any([this.#signal, own.signal]))
      .finally(() => this.#running.delete(running));
    this.#running.add(running);
    return {
      stop: () => {
        own.abort();
        return running;
      },
    };
  }

  /** Resolves when the signal has aborted and all tasks have ended; throws what one of them threw. */
  async ended(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    using _listener = onAbort(this.#signal, resolve);
    await promise;
    while (this.#running.size > 0) await Promise.all(this.#running);
    if (this.#errors.length > 0) throw this.#errors[0];
  }

  async #run(task: (signal: AbortSignal) => Promise<void>, signal: AbortSignal): Promise<void> {
    try {
      await task(signal);
    } catch (error) {
      if (signal.aborted && error === signal.reason) return;
      this.#errors.push(error);
      this.#failed.abort(error);
    }
  }
}
