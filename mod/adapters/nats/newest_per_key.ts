/** An entry of the bucket as it arrived. */
export interface Arrival {
  readonly type: "arrival";
  readonly key: string;
  /** Absent: the key was deleted. */
  readonly value?: string;
  /** Differs for each write, in each incarnation of the bucket. */
  readonly version: string;
}

/** Everything the bucket held was queued before this; `seen` are its keys. */
export interface Listed {
  readonly type: "listed";
  readonly seen: ReadonlySet<string>;
}

/**
 * A queue that holds only the newest arrival per key, so that a slow reader makes it no longer than
 * the bucket. A newer arrival takes the place in the queue of the one it replaces.
 */
export class NewestPerKey {
  readonly #queued = new Map<string, Arrival | Listed>();
  #seen: Set<string> | undefined = new Set();
  #wake = Promise.withResolvers<void>();
  #ended = false;

  /** Queues an arrival. */
  push(arrival: Arrival): void {
    this.#seen?.add(arrival.key);
    this.#queued.set(arrival.key, arrival);
    this.#wake.resolve();
  }

  /** Marks that everything pushed so far is the whole bucket. */
  markListed(): void {
    this.#queued.set("", { type: "listed", seen: this.#seen ?? new Set() }); // no key is empty
    this.#seen = undefined;
    this.#wake.resolve();
  }

  /** Nothing will come any more: `next()` gives what is left and then `undefined`. */
  end(): void {
    this.#ended = true;
    this.#wake.resolve();
  }

  /** Resolves to the next in the queue, as soon as there is one. For one reader. */
  async next(): Promise<Arrival | Listed | undefined> {
    while (true) {
      for (const [key, queued] of this.#queued) {
        this.#queued.delete(key);
        return queued;
      }
      if (this.#ended) return undefined;
      await this.#wake.promise;
      this.#wake = Promise.withResolvers();
    }
  }
}
