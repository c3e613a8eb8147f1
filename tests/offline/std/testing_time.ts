// Stand-in for `jsr:@std/testing@1.0.20/time`: what this project's tests use of it, with the
// published signatures. Like the published one it fakes Date, the timer functions and
// AbortSignal.timeout; it cannot advance time by itself, so it lacks FakeTimeOptions.

export interface DelayOptions {
  signal?: AbortSignal;
  persistent?: boolean;
}

/** An operation that does not fit the state of the fake time. */
export class TimeError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "TimeError";
  }
}

interface Timer {
  readonly id: number;
  readonly run: () => void;
  readonly everyMs: number | undefined;
  due: number;
}

const real = {
  Date: globalThis.Date,
  setTimeout: globalThis.setTimeout,
  clearTimeout: globalThis.clearTimeout,
  setInterval: globalThis.setInterval,
  clearInterval: globalThis.clearInterval,
  abortSignalTimeout: AbortSignal.timeout,
};

let active: FakeTime | undefined;

/** Replaces clock and timers until it is disposed of; time moves only when told to. */
export class FakeTime {
  readonly #start: number;
  readonly #timers = new Map<number, Timer>();
  #now: number;
  #lastId = 0;

  constructor(start?: number | string | Date | null) {
    if (active) throw new TimeError("Cannot construct FakeTime: time is already faked");
    this.#start = start === undefined || start === null
      ? real.Date.now()
      : new real.Date(start).valueOf();
    if (Number.isNaN(this.#start)) {
      throw new TypeError(`Cannot construct FakeTime: invalid start time ${start}`);
    }
    this.#now = this.#start;
    active = this;
    this.#override();
  }

  get start(): number {
    return this.#start;
  }

  get now(): number {
    return this.#now;
  }

  /** Moves time forward and runs, in order, what falls due on the way. */
  set now(value: number) {
    if (value < this.#now) {
      throw new RangeError(
        `Cannot set current time in the past, time must be >= ${this.#now}: received ${value}`,
      );
    }
    for (let timer = this.#first(); timer && timer.due <= value; timer = this.#first()) {
      this.#now = timer.due;
      if (timer.everyMs === undefined) {
        this.#timers.delete(timer.id);
      } else {
        timer.due += timer.everyMs;
      }
      timer.run();
    }
    this.#now = value;
  }

  tick(ms = 0): void {
    this.now += ms;
  }

  async tickAsync(ms = 0): Promise<void> {
    await this.runMicrotasks();
    this.now += ms;
  }

  /** Moves to the next timer; false when there is none. */
  next(): boolean {
    const timer = this.#first();
    if (timer) this.now = timer.due;
    return timer !== undefined;
  }

  async nextAsync(): Promise<boolean> {
    await this.runMicrotasks();
    return this.next();
  }

  runAll(): void {
    while (this.next());
  }

  async runAllAsync(): Promise<void> {
    while (await this.nextAsync());
  }

  /** Waits in real time. */
  delay(ms: number, options: DelayOptions = {}): Promise<void> {
    const { signal } = options;
    return new Promise((resolve, reject) => {
      const aborted = () => new DOMException("Delay was aborted.", "AbortError");
      if (signal?.aborted) return reject(aborted());
      const abort = () => {
        real.clearTimeout.call(globalThis, timer);
        reject(aborted());
      };
      const timer = real.setTimeout.call(globalThis, () => {
        signal?.removeEventListener("abort", abort);
        resolve();
      }, ms);
      signal?.addEventListener("abort", abort, { once: true });
    });
  }

  async runMicrotasks(): Promise<void> {
    await this.delay(0);
  }

  restore(): void {
    if (active !== this) {
      throw new TimeError("Cannot restore time: time is already restored");
    }
    active = undefined;
    restoreGlobals();
  }

  static restore(): void {
    if (!active) throw new TimeError("Cannot restore time: time is already restored");
    active.restore();
  }

  [Symbol.dispose](): void {
    this.restore();
  }

  #first(): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of this.#timers.values()) {
      if (!first || timer.due < first.due) first = timer;
    }
    return first;
  }

  #add(run: () => void, ms: number, repeat: boolean): number {
    const id = ++this.#lastId;
    const delayMs = Math.max(repeat ? 1 : 0, Math.floor(ms));
    const everyMs = repeat ? delayMs : undefined;
    this.#timers.set(id, { id, run, everyMs, due: this.#now + delayMs });
    return id;
  }

  #override(): void {
    const nowMs = () => this.#now;
    const add = (repeat: boolean) => (run: unknown, ms = 0, ...args: unknown[]): number => {
      if (typeof run !== "function") {
        throw new TimeError("FakeTime does not support non-function callbacks to timers");
      }
      return this.#add(() => run(...args), ms, repeat);
    };
    const clear = (id?: unknown) => {
      if (typeof id === "number") this.#timers.delete(id);
    };
    Object.assign(globalThis, {
      Date: new Proxy(real.Date, {
        construct: (target, args) => Reflect.construct(target, args.length ? args : [nowMs()]),
        apply: () => new real.Date(nowMs()).toString(),
        get: (target, key, receiver) => key === "now" ? nowMs : Reflect.get(target, key, receiver),
      }),
      setTimeout: add(false),
      clearTimeout: clear,
      setInterval: add(true),
      clearInterval: clear,
    });
    AbortSignal.timeout = (ms) => {
      const aborter = new AbortController();
      const abort = () => aborter.abort(new DOMException("Signal timed out.", "TimeoutError"));
      this.#add(abort, ms, false);
      return aborter.signal;
    };
  }
}

function restoreGlobals(): void {
  const { abortSignalTimeout, ...globals } = real;
  Object.assign(globalThis, globals);
  AbortSignal.timeout = abortSignalTimeout;
}
