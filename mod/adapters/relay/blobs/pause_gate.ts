import { abortable } from "../../../async/abortable.ts";

/** Holds up everything that fetches, while it is closed. */
export class PauseGate {
  #opened: PromiseWithResolvers<void> | undefined;

  /** Undefined while it is open, so that passing costs nothing; else to be waited for. */
  wait(signal: AbortSignal): Promise<void> | undefined {
    return this.#opened && abortable(this.#opened.promise, signal);
  }

  set(paused: boolean): void {
    if (paused) this.#opened ??= Promise.withResolvers();
    else {
      this.#opened?.resolve();
      this.#opened = undefined;
    }
  }
}
