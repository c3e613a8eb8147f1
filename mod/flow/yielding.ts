import { abortable } from "../async/abortable.ts";
import { Deadline } from "../async/deadline.ts";
import { pause } from "../async/delay.ts";
import { WakeSignal } from "../async/wake_signal.ts";
import type { Clock } from "../ports/clock.ts";
import type { ImageRuntime } from "../ports/image_runtime.ts";
import type { Logger } from "../ports/logger.ts";
import type { Metrics } from "../ports/metrics.ts";

/** How often it is looked whether somebody else downloads, while pulls run or want to. */
const LOOK_MS = 500;
/** The longest that pulls stand still in a row, and the least that they go on afterwards. */
const MOST_MS = 2 * 60_000;
/** How long looking may take, in ms; it takes microseconds unless the disk hangs. */
const ANSWER_MS = 5_000;

/** What `Yielding` works with. */
export interface YieldingDeps {
  readonly runtime: Pick<ImageRuntime, "othersDownload" | "pausePulls">;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly clock: Clock;
}

/** How `Yielding` behaves. */
export interface YieldingOptions {
  readonly isOn: boolean;
  /** Called when pulls that were held up may start. */
  readonly over: () => void;
}

/**
 * Lets the downloads of somebody else on this node go first: while kubelet fetches what a pod waits
 * for, pulls fetch nothing and none starts. In turns, as kubelet may have work for hours.
 */
export class Yielding {
  readonly #deps: YieldingDeps;
  readonly #options: YieldingOptions;
  readonly #busy = new WakeSignal();
  #running = 0;
  /** Whether pulls want to start and were held up. */
  #heldUp = false;
  /** When pulls stopped, and up to when that has been counted (monotonic ms). */
  #turn: { readonly since: number; countedTo: number } | undefined;
  #goOnUntil = 0;
  #lookedAt = -Infinity;
  #answer: Promise<boolean | undefined> | undefined;

  constructor(deps: YieldingDeps, options: YieldingOptions) {
    this.#deps = deps;
    this.#options = options;
  }

  /** Takes in that a pull has begun; disposing, that it has ended. */
  begun(): Disposable {
    this.#running++;
    this.#busy.ring();
    return { [Symbol.dispose]: () => void this.#running-- };
  }

  /** Whether pulls that want to start must wait; `over` is called when they need not any more. */
  async holdsUp(signal: AbortSignal): Promise<boolean> {
    await this.#look(signal);
    this.#heldUp = this.#turn !== undefined;
    if (this.#heldUp) this.#busy.ring();
    return this.#heldUp;
  }

  /** Looks out for others while pulls run or wait for them, until `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    while (this.#options.isOn && !signal.aborted) {
      if (this.#running > 0 || this.#heldUp) {
        await this.#look(signal);
        await pause(LOOK_MS, signal);
      } else {
        this.#goOn();
        await this.#busy.wait({ signal });
      }
    }
    this.#goOn();
  }

  async #look(signal: AbortSignal): Promise<void> {
    const now = this.#now();
    if (!this.#options.isOn || now < this.#goOnUntil || now < this.#lookedAt + LOOK_MS) return;
    this.#lookedAt = now;
    const doOthers = await this.#ask(signal);
    if (signal.aborted) return;
    if (doOthers) this.#standStill();
    else this.#goOn();
    const isOver = this.#turn !== undefined && this.#now() >= this.#turn.since + MOST_MS;
    if (doOthers !== undefined && !isOver) return;
    this.#goOn();
    this.#goOnUntil = this.#now() + MOST_MS;
  }

  /** Whether others download; undefined when that cannot be told, or not in time. */
  async #ask(signal: AbortSignal): Promise<boolean | undefined> {
    if (this.#answer) return undefined; // it hangs, and cannot be ended: each would occupy a thread
    using deadline = new Deadline(ANSWER_MS, "what others download", signal);
    const answered = () => this.#answer = undefined;
    this.#answer = this.#deps.runtime.othersDownload({ signal: deadline.signal });
    this.#answer.then(answered, answered);
    return await abortable(this.#answer, deadline.signal).catch(() => undefined);
  }

  #standStill(): void {
    const now = this.#now();
    if (this.#turn) return this.#count(this.#turn, now);
    this.#turn = { since: now, countedTo: now };
    this.#deps.runtime.pausePulls(true);
    this.#deps.logger.debug("Pulls stand still while somebody else downloads", {
      pulls: this.#running,
    });
  }

  #goOn(): void {
    if (!this.#turn) return;
    const now = this.#now();
    const { since } = this.#turn;
    this.#count(this.#turn, now);
    this.#turn = undefined;
    this.#deps.runtime.pausePulls(false);
    this.#deps.logger.debug("Pulls go on", { stoodStillMs: now - since });
    if (this.#heldUp) this.#options.over();
    this.#heldUp = false;
  }

  #count(turn: { countedTo: number }, now: number): void {
    const seconds = (now - turn.countedTo) / 1000;
    turn.countedTo = now;
    this.#deps.metrics.count("warm_images_yielded_seconds_total", {}, seconds);
  }

  #now(): number {
    return this.#deps.clock.monotonicMs();
  }
}
