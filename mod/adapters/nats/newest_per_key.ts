import { WakeSignal } from "../../async/wake_signal.ts";

/** An entry of the bucket as it arrived. */
export interface Arrival {
  readonly type: "arrival";
  readonly key: string;
  /** Absent: the key was deleted. */
  readonly value?: string;
  /** Differs for each write, in each incarnation of the bucket. */
  readonly version: string;
}

/** Everything the bucket held was queued before this; `keys` are all of its keys. */
export interface Listed {
  readonly type: "listed";
  readonly keys: ReadonlySet<string>;
}

/**
 * A queue that holds only the newest arrival per key, so that a slow reader makes it no longer than
 * the bucket. A newer arrival takes the place in the queue of the one it replaces.
 */
export class NewestPerKey {
  readonly #queued = new Map<string, Arrival | Listed>();
  /** Keys that arrived while the bucket is being listed; undefined afterwards. */
  #listing: Set<string> | undefined = new Set();
  readonly #wake = new WakeSignal();
  #ended = false;

  /** Queues an arrival. */
  push(arrival: Arrival): void {
    this.#listing?.add(arrival.key);
    this.#queued.set(arrival.key, arrival);
    this.#wake.ring();
  }

  /** Marks that everything pushed so far is the whole bucket. */
  markListed(): void {
    this.#queued.set("", { type: "listed", keys: this.#listing ?? new Set() }); // no key is empty
    this.#listing = undefined;
    this.#wake.ring();
  }

  /** Ends the queue: `next()` gives what is left and then `undefined`. */
  end(): void {
    this.#ended = true;
    this.#wake.ring();
  }

  /** Resolves to the next in the queue, as soon as there is one. For one reader. */
  async next(): Promise<Arrival | Listed | undefined> {
    while (true) {
      for (const [key, queued] of this.#queued) {
        this.#queued.delete(key);
        return queued;
      }
      if (this.#ended) return undefined;
      await this.#wake.wait();
    }
  }
}
