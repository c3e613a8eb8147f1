import { delay } from "@std/async/delay";

const EVERY_MS = 50;

/** Asks a server again and again, one request at a time: a program that is busy answers late. */
export class LongestAnswer implements AsyncDisposable {
  readonly #url: string;
  readonly #stop = new AbortController();
  readonly #asking: Promise<void>;
  #longestMs = 0;

  constructor(url: string) {
    this.#url = url;
    this.#asking = this.#ask();
  }

  /** The longest that an answer took so far, in ms. */
  get longestMs(): number {
    return this.#longestMs;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#asking;
  }

  async #ask(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      const startedMs = performance.now();
      const response = await fetch(this.#url);
      await response.body?.cancel();
      this.#longestMs = Math.max(this.#longestMs, performance.now() - startedMs);
      await delay(EVERY_MS);
    }
  }
}
