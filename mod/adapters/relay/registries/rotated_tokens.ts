import { createHash } from "node:crypto";
import { SecretText } from "../../../pure/registry_logins/secret_text.ts";

/** How many are remembered; then the one that came first is forgotten. */
const MOST = 256;

/**
 * Identity tokens that token services have replaced by others ("refresh_token" of an answer,
 * distribution.github.io/distribution/spec/auth/oauth), in memory only: some are good for one use.
 */
export class RotatedTokens {
  /** Those in use now, by the hash of realm and the one that the login has. */
  readonly #latest = new Map<string, SecretText>();

  /** What is to be shown at `realm` for the token of a login. */
  latest(realm: string, token: SecretText): SecretText {
    return this.#latest.get(keyOf(realm, token)) ?? token;
  }

  replace(realm: string, token: SecretText, by: string): void {
    const key = keyOf(realm, token);
    this.#latest.delete(key);
    this.#latest.set(key, new SecretText(by));
    const [oldest] = this.#latest.keys();
    if (oldest !== undefined && this.#latest.size > MOST) this.#latest.delete(oldest);
  }

  /** Forgets what has replaced it; returns whether there was anything. */
  forget(realm: string, token: SecretText): boolean {
    return this.#latest.delete(keyOf(realm, token));
  }
}

function keyOf(realm: string, token: SecretText): string {
  return createHash("sha256").update(`${realm} ${token.reveal()}`).digest("hex");
}
