/** An entry of the bucket as it arrived. */
export interface Arrival {
  readonly key: string;
  /** Absent: the key was deleted. */
  readonly value?: string;
  /** Differs for each write, in each incarnation of the bucket. */
  readonly version: string;
}

/** A slot of the queue: an arrival, or the mark that everything listed came before it. */
export type Queued = Arrival | "listed";

/**
 * A queue that holds only the newest arrival per key, so that a slow reader makes it no longer than
 * the bucket. A newer arrival takes the place in the queue of the one it replaces.
 */
export class NewestPerKey {
  readonly #queued = new Map<string, Queued>();
  #wake = Promise.withResolvers<void>();
  #ended = false;

  push(arrival: Arrival): void {
    this.#queued.set(arrival.key, arrival);
    this.#wake.resolve();
  }

  /** Marks that everything pushed so far is the whole bucket. */
  markListed(): void {
    this.#queued.set("", "listed"); // no key is empty
    this.#wake.resolve();
  }

  /** Nothing will come any more: `next()` gives what is left and then `undefined`. */
  end(): void {
    this.#ended = true;
    this.#wake.resolve();
  }

  /** Resolves to the next in the queue, as soon as there is one. For one reader. */
  async next(): Promise<Queued | undefined> {
    while (true) {
      for (const [key, queued] of this.#queued) {
        this.#queued.delete(key);
        return queued;
      }
      if (this.#ended) return undefined;
      this.#wake = Promise.withResolvers();
      await this.#wake.promise;
    }
  }
}
