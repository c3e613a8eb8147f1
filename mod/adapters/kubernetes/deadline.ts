/** Nothing happened in time; the message says what was waited for, and how long. */
export class DeadlineError extends Error {
  override readonly name = "DeadlineError";
}

/**
 * A signal that aborts with the caller's, or when time runs out. Unlike `AbortSignal.timeout` it
 * can be wound up again (a watchdog) and leaves no timer behind.
 */
export class Deadline implements Disposable {
  readonly #controller = new AbortController();
  readonly #parent: AbortSignal | undefined;
  readonly #follow = () => this.#controller.abort(this.#parent?.reason);
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `what` completes "Waited 30 s in vain for …". */
  constructor(ms: number, what: string, parent?: AbortSignal) {
    this.#parent = parent;
    this.restart(ms, what);
    if (parent?.aborted) this.#follow();
    parent?.addEventListener("abort", this.#follow, { once: true });
  }

  /** Aborts with the parent's reason, or with a `DeadlineError`. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Gives it `ms` from now. */
  restart(ms: number, what: string): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#controller.abort(new DeadlineError(`Waited ${ms / 1000} s in vain for ${what}`));
    }, ms);
  }

  /** Takes the timer and the tie to the caller's signal away. */
  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#parent?.removeEventListener("abort", this.#follow);
  }
}
