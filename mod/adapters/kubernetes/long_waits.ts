import { startTimer } from "../../async/timer.ts";

/** What begins to wait is told once it has waited between this time and twice as long, in ms. */
const WAIT_MS = 3_000;

/**
 * Tells of pods that go on waiting. Nearly every pod waits for a moment, and where a cluster replaces
 * some all the time there is always one that does: nothing is to be done for those.
 */
export class LongWaits implements Disposable {
  readonly #waits: (key: string) => boolean;
  readonly #tell: (key: string) => void;
  #old = new Set<string>();
  #young = new Set<string>();
  #timer: Disposable | undefined;

  /** `waits` says whether one still waits, `tell` is called with one that does. */
  constructor(waits: (key: string) => boolean, tell: (key: string) => void) {
    this.#waits = waits;
    this.#tell = tell;
  }

  /** Adds one that begins to wait. */
  add(key: string): void {
    this.#young.add(key);
    this.#timer ??= startTimer(WAIT_MS, () => this.#look());
  }

  /** Tells of none any more. */
  [Symbol.dispose](): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
    this.#old.clear();
    this.#young.clear();
  }

  #look(): void {
    const still = this.#old.values().find((key) => this.#waits(key));
    this.#old = this.#young;
    this.#young = new Set();
    this.#timer = this.#old.size > 0 ? startTimer(WAIT_MS, () => this.#look()) : undefined;
    if (still !== undefined) this.#tell(still);
  }
}
