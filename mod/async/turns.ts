import { delay } from "./delay.ts";

/** How long a turn of the event loop may be held, in ms. */
const MOST_MS = 20;

/** Cuts long work into turns of the event loop, so that everything else goes on beside it. */
export class Turns {
  readonly #now: () => number;
  #beganMs: number;

  /** `now` is a clock that nobody sets, in ms. */
  constructor(now: () => number) {
    this.#now = now;
    this.#beganMs = now();
  }

  /** Whether this turn has been held for long enough. */
  get isOver(): boolean {
    return this.#now() - this.#beganMs >= MOST_MS;
  }

  /** Lets others go on, if it is time; throws the reason of an aborted `signal`. */
  async next(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (!this.isOver) return;
    await delay(0, { signal });
    this.#beganMs = this.#now();
  }
}
