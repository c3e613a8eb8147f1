import { abortable } from "../../../async/abortable.ts";
import type { Clock } from "../../../ports/clock.ts";

/** A value of `Authorization`, and how long it may be used, in ms. */
export interface Grant {
  readonly authorization: string;
  readonly usableMs: number;
}

/** How a grant is got, again and again. */
export type Question = (signal: AbortSignal) => Promise<Grant>;

interface Known {
  readonly question: Question;
  readonly authorization: string;
  readonly until: number;
}

/** How many are kept before those that are over are thrown away. */
const MANY = 1_000;

/**
 * What registries let us in by, in memory only: one grant for each repository of a host, renewed
 * before it ends, and asked for once however many requests wait for it.
 */
export class Tokens implements Disposable {
  readonly #known = new Map<string, Known>();
  readonly #asking = new Map<string, Promise<Known>>();
  readonly #closing = new AbortController();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The present grant; undefined: none has been asked for. Throws as its question does. */
  async current(key: string, signal: AbortSignal): Promise<string | undefined> {
    const known = this.#known.get(key);
    if (known === undefined) return undefined;
    if (known.until > this.#clock.monotonicMs()) return known.authorization;
    return await this.#ask(key, known.question, signal);
  }

  /** Another grant than `refused`, which a host did not accept. Throws as `question` does. */
  async renewed(
    key: string,
    { refused, question }: { readonly refused: string | undefined; readonly question: Question },
    signal: AbortSignal,
  ): Promise<string> {
    const known = this.#known.get(key);
    if (known !== undefined && known.authorization !== refused) return known.authorization;
    return await this.#ask(key, question, signal);
  }

  [Symbol.dispose](): void {
    this.#closing.abort(new DOMException("Closed", "AbortError"));
  }

  /** The work is shared, so nobody's signal ends it: it has deadlines of its own. */
  async #ask(key: string, question: Question, signal: AbortSignal): Promise<string> {
    let asking = this.#asking.get(key);
    if (asking === undefined) {
      asking = this.#fetch(key, question).finally(() => this.#asking.delete(key));
      this.#asking.set(key, asking);
      asking.catch(() => {}); // whoever asked may have gone
    }
    return (await abortable(asking, signal)).authorization;
  }

  async #fetch(key: string, question: Question): Promise<Known> {
    const asked = this.#clock.monotonicMs();
    const { authorization, usableMs } = await question(this.#closing.signal);
    const known = { question, authorization, until: asked + usableMs };
    if (this.#known.size >= MANY) this.#forgetEnded();
    this.#known.set(key, known);
    return known;
  }

  #forgetEnded(): void {
    const now = this.#clock.monotonicMs();
    for (const [key, { until }] of this.#known) if (until <= now) this.#known.delete(key);
  }
}
