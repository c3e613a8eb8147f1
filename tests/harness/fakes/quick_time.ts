import { setImmediate } from "node:timers";

interface Timer {
  readonly at: number;
  readonly id: number;
  readonly run: () => void;
}

/**
 * Fake timers for many thousands of runs: a turn of the event loop costs a microsecond, where that of
 * `FakeTime` costs two milliseconds. Only `setTimeout` and `clearTimeout` are faked.
 */
export class QuickTime implements Disposable {
  readonly #real = { setTimeout: globalThis.setTimeout, clearTimeout: globalThis.clearTimeout };
  readonly #timers = new Map<number, Timer>();
  #now = 0;
  #lastId = 0;

  constructor() {
    Object.assign(globalThis, {
      setTimeout: (run: () => void, ms = 0) => {
        const id = ++this.#lastId;
        this.#timers.set(id, { at: this.#now + Math.max(0, ms), id, run });
        return id;
      },
      clearTimeout: (id: number) => void this.#timers.delete(id),
    });
  }

  /** Ms since it was made. */
  get now(): number {
    return this.#now;
  }

  /** Lets time pass from one timer to the next, and runs what each sets going. */
  async run(ms: number): Promise<void> {
    await turn();
    const until = this.#now + ms;
    for (let first = this.#first(); first && first.at <= until; first = this.#first()) {
      await this.#fire(first);
    }
    this.#now = until;
    await turn();
  }

  /** Lets time pass until `task` has ended; throws what it throws. */
  async runUntilEnded(task: Promise<void>): Promise<void> {
    let ended = false;
    const end = () => void (ended = true);
    task.then(end, end);
    await turn();
    for (let first = this.#first(); first && !ended; first = this.#first()) await this.#fire(first);
    await task;
  }

  /** Lets time pass at once, as while a machine sleeps: timers are late, and each runs once. */
  async sleep(ms: number): Promise<void> {
    this.#now += ms;
    await this.run(0);
  }

  [Symbol.dispose](): void {
    Object.assign(globalThis, this.#real);
  }

  async #fire(timer: Timer): Promise<void> {
    this.#timers.delete(timer.id);
    this.#now = Math.max(this.#now, timer.at);
    timer.run();
    await turn();
  }

  /** Few are set at a time, so looking through them costs less than keeping them sorted. */
  #first(): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of this.#timers.values()) {
      if (!first || timer.at < first.at || (timer.at === first.at && timer.id < first.id)) {
        first = timer;
      }
    }
    return first;
  }
}

/** Microtasks have all run when it resolves. */
function turn(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}
