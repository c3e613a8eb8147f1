/** Between looks at those that wait, in ms. */
const LOOK_EVERY_MS = 1000;
/** Times the patience, while nothing else arrives: it may be the registry that is slow. */
const PATIENCE_ALONE = 3;

/** Somebody who waits for bytes, and how to end that. */
export interface Waiting {
  /** Since when, by `performance.now()`; undefined: not now. */
  since: number | undefined;
  /** How long it may stand still when others have moved since, in ms. */
  patienceMs: number;
  giveUp(): void;
}

/**
 * Finds connections that give nothing though others of the same pull have given since: a new one may
 * do better. Those others need not go on, as what lies behind a gap is held back before long.
 */
export class StandstillWatch {
  readonly #waiting = new Set<Waiting>();
  #timer: ReturnType<typeof setInterval> | undefined;
  #arrivedAt = -Infinity;
  readonly #now: () => number;

  /** `now` is a monotonic clock, in ms; `Waiting.since` and `arrived()` go by it too. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

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
    const now = this.#now();
    for (const waiting of [...this.#waiting]) {
      const { since, patienceMs } = waiting;
      if (since === undefined || now - since < patienceMs) continue;
      const others = this.#arrivedAt > since;
      if (others || now - since >= patienceMs * PATIENCE_ALONE) waiting.giveUp();
    }
  }
}
