import { onAbort } from "./on_abort.ts";
import { startTimer } from "./timer.ts";

/** Nothing happened in time; the message says what was waited for, and how long. */
export class DeadlineError extends Error {
  override readonly name = "DeadlineError";
}

/**
 * A signal that aborts with the caller's, or when time runs out. Unlike `AbortSignal.timeout` it
 * can be given more time (a watchdog) and leaves no timer behind.
 */
export class Deadline implements Disposable {
  readonly #controller = new AbortController();
  readonly #parent: Disposable | undefined;
  #timer: Disposable | undefined;

  /** `what` completes "Timed out after 30 s waiting for …". */
  constructor(ms: number, what: string, parent?: AbortSignal) {
    this.restart(ms, what);
    this.#parent = parent && onAbort(parent, () => this.#controller.abort(parent.reason));
  }

  /** Aborts with the parent's reason, or with a `DeadlineError`. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Gives it `ms` from now. */
  restart(ms: number, what: string): void {
    this.stop();
    this.#timer = startTimer(ms, () => {
      this.#controller.abort(
        new DeadlineError(`Timed out after ${ms / 1000} s waiting for ${what}`),
      );
    });
  }

  /** Takes the time limit away; the signal still aborts with the parent's. */
  stop(): void {
    this.#timer?.[Symbol.dispose]();
  }

  /** Takes the time limit and the tie to the parent away. */
  [Symbol.dispose](): void {
    this.stop();
    this.#parent?.[Symbol.dispose]();
  }
}
