import { maskedSaying, maskedWords, secretsIn } from "../../../pure/relay/known_secrets.ts";

/**
 * The most that are remembered, the last ones: to look for one of 16 KB in all writings of it takes
 * 20 ms (measured), and what was shown hours ago is repeated by nobody.
 */
const MOST = 12;

/** Headers of hosts.toml that are secret by their names. */
const SECRET_HEADER = /auth|token|key|secret|cookie|password/i;

/**
 * What one pull has shown to registries, so that no error tells it: some repeat in their answers
 * what they were sent.
 */
export class ShownSecrets {
  readonly #shown = new Set<string>();

  /** Takes in a request that is about to be sent. */
  add(headers: Headers, form: string | undefined): void {
    for (const [name, value] of headers) {
      if (SECRET_HEADER.test(name)) this.#add(value);
    }
    if (form === undefined) return;
    const { username, password, "refresh_token": token } = Object.fromEntries(
      new URLSearchParams(form),
    );
    if (token !== undefined) this.#add(token);
    if (password === undefined) return;
    const pair = new TextEncoder().encode(`${username}:${password}`);
    this.#add(`Basic ${pair.toBase64()}`);
  }

  /** A text of ours with what was shown in it masked. */
  maskedWords(text: string): string {
    return maskedWords(text, this.#known());
  }

  /** A text of a registry with what was shown in it masked. */
  maskedSaying(text: string): string {
    return maskedSaying(text, this.#known());
  }

  #add(value: string): void {
    this.#shown.delete(value);
    this.#shown.add(value);
    const [oldest] = this.#shown;
    if (oldest !== undefined && this.#shown.size > MOST) this.#shown.delete(oldest);
  }

  #known() {
    const each = [...this.#shown].map(secretsIn);
    return {
      secrets: each.flatMap(({ secrets }) => secrets),
      users: each.flatMap(({ users }) => users),
    };
  }
}
