import { createHash } from "node:crypto";
import type { Clock } from "../../../ports/clock.ts";
import type { LoginSource } from "../../../ports/registry_logins.ts";
import { isSameLogin, loginText } from "../../../pure/relay/login_texts.ts";
import type { RegistryLogin } from "../../../pure/registry_logins/registry_login.ts";
import type { Identity, Shown } from "./identity.ts";
import { Tokens } from "./tokens.ts";

/** A login in the hands of one pull, from its first request to its last. */
export class LoginInUse implements Identity {
  readonly isNobody = false;
  /** Tells whose bytes are whose: the same login, as it was when the pull began. */
  readonly key: string;
  /** Of this pull alone: what one login may read, another need not. */
  readonly tokens: Tokens;
  readonly #onGivenUp: (() => void) | undefined;
  readonly #source: LoginSource;
  #refused: RegistryLogin | undefined;
  #isGivenUp = false;

  private constructor(source: LoginSource, first: RegistryLogin, options: LoginUse) {
    this.#source = source;
    this.key = createHash("sha256").update(loginText(first)).digest("hex");
    this.tokens = new Tokens(options.clock, options.ending);
    this.#onGivenUp = options.onGivenUp;
  }

  /** Takes the login of `source` into use; undefined: it has none. */
  static async open(
    source: LoginSource,
    options: LoginUse & { readonly signal: AbortSignal },
  ): Promise<LoginInUse | undefined> {
    const login = await source.find({ signal: options.signal });
    return login && new LoginInUse(source, login, options);
  }

  /** Whether the rest of the pull does without it. */
  get isGivenUp(): boolean {
    return this.#isGivenUp;
  }

  /** Whether all may be asked for without it, too. */
  get isOptional(): boolean {
    return this.#onGivenUp !== undefined;
  }

  giveUp(): void {
    if (this.#isGivenUp) return;
    this.#isGivenUp = true;
    this.#onGivenUp?.();
  }

  async find(signal: AbortSignal): Promise<RegistryLogin | undefined> {
    const refused = this.#refused;
    const found = await this.#source.find({ signal, refused });
    if (found === undefined || refused === undefined) return found;
    if (isSameLogin(found, refused)) return undefined;
    if (this.#refused === refused) this.#refused = undefined;
    return found;
  }

  refuse(shown: Shown): void {
    if (shown.type !== "header") this.#refused = shown;
  }
}

/** What a login is used for. */
export interface LoginUse {
  readonly clock: Clock;
  readonly ending: AbortSignal;
  /** Set where it is done without, once that gives what the login does not; is told so. */
  readonly onGivenUp?: (() => void) | undefined;
}
