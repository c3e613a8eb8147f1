/** Between looks at those that wait, in ms. */
const LOOK_EVERY_MS = 1000;

/** Somebody who waits for bytes, and how to end that. */
export interface Waiting {
  /** Since when, by `performance.now()`; undefined: not now. */
  since: number | undefined;
  /** How long it may stand still while others move, in ms. */
  patienceMs: number;
  giveUp(): void;
}

/**
 * Finds connections that give nothing while others of the same pull do: a new one may do better.
 * When all stand still, it is the registry that hangs, and nothing here is done about it.
 */
export class StandstillWatch {
  readonly #waiting = new Set<Waiting>();
  #timer: ReturnType<typeof setInterval> | undefined;
  #arrivedAt = -Infinity;

  arrived(now: number): void {
    this.#arrivedAt = now;
  }

  watch(waiting: Waiting): Disposable {
    this.#waiting.add(waiting);
    this.#timer ??= setInterval(() => this.#look(), LOOK_EVERY_MS);
    return {
      [Symbol.dispose]: () => {
        this.#waiting.delete(waiting);
        if (this.#waiting.size > 0) return;
        clearInterval(this.#timer);
        this.#timer = undefined;
      },
    };
  }

  #look(): void {
    const now = performance.now();
    for (const waiting of [...this.#waiting]) {
      const { since, patienceMs } = waiting;
      if (since === undefined || now - since < patienceMs) continue;
      if (this.#arrivedAt > since + LOOK_EVERY_MS) waiting.giveUp();
    }
  }
}
