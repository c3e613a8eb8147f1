import { abortable } from "../../../async/abortable.ts";
import type { Clock } from "../../../ports/clock.ts";
import type { RegistryLogin } from "../../../pure/registry_logins/registry_login.ts";

/** A value of `Authorization`, and how long it may be used, in ms. */
export interface Grant {
  readonly authorization: string;
  readonly usableMs: number;
  /** The login that it was got by; undefined: none. */
  readonly login?: RegistryLogin | undefined;
  /** Whether it is that login itself, and no token: when it is refused, the login is. */
  readonly isLogin?: true | undefined;
}

/** How a grant is got, again and again. */
export type Question = (signal: AbortSignal) => Promise<Grant>;

interface Known {
  readonly question: Question;
  readonly grant: Grant;
  readonly until: number;
}

/** How many are kept before those that are over are thrown away. */
const MANY = 1_000;

/**
 * What registries let us in by, in memory only: one grant for each repository of a host, renewed
 * before it ends, and asked for once however many requests wait for it. Whoever has a login has
 * tokens of his own.
 */
export class Tokens {
  readonly #known = new Map<string, Known>();
  readonly #asking = new Map<string, Promise<Known>>();
  readonly #ending: AbortSignal;
  readonly #clock: Clock;

  /** When `ending` aborts, so does what is being asked for. */
  constructor(clock: Clock, ending: AbortSignal) {
    this.#clock = clock;
    this.#ending = ending;
  }

  /**
   * The present grant; undefined: none has been asked for, or the last question failed, as a token
   * service may have moved: the registry is asked for its challenge again. Throws as its question does.
   */
  async current(key: string, signal: AbortSignal): Promise<Grant | undefined> {
    const known = this.#known.get(key);
    if (known === undefined) return undefined;
    if (known.until > this.#clock.monotonicMs()) return known.grant;
    return await this.#ask(key, known.question, signal);
  }

  /** Another grant than `refused`, which a host did not accept. Throws as `question` does. */
  async renewed(
    key: string,
    { refused, question }: { readonly refused: string | undefined; readonly question: Question },
    signal: AbortSignal,
  ): Promise<Grant> {
    const known = this.#known.get(key);
    if (known !== undefined && known.grant.authorization !== refused) return known.grant;
    return await this.#ask(key, question, signal);
  }

  /** The work is shared, so nobody's signal ends it: it has deadlines of its own. */
  async #ask(key: string, question: Question, signal: AbortSignal): Promise<Grant> {
    let asking = this.#asking.get(key);
    if (asking === undefined) {
      asking = this.#fetch(key, question).finally(() => this.#asking.delete(key));
      this.#asking.set(key, asking);
      asking.catch(() => {}); // whoever asked may have gone
    }
    return (await abortable(asking, signal)).grant;
  }

  async #fetch(key: string, question: Question): Promise<Known> {
    const asked = this.#clock.monotonicMs();
    let grant: Grant;
    try {
      grant = await question(this.#ending);
    } catch (error) {
      this.#known.delete(key);
      throw error;
    }
    const known = { question, grant, until: asked + grant.usableMs };
    if (this.#known.size >= MANY) this.#forgetEnded();
    this.#known.set(key, known);
    return known;
  }

  #forgetEnded(): void {
    const now = this.#clock.monotonicMs();
    for (const [key, { until }] of this.#known) if (until <= now) this.#known.delete(key);
  }
}
