import type { Logger } from "../../ports/logger.ts";

/** The most that are remembered: beyond them nothing is said. */
const MOST = 1_000;

/** Says once of each login that a registry does not take it for what it shows to everybody. */
export class RefusedLogins {
  readonly #said = new Set<string>();
  readonly #logger: Logger | undefined;

  constructor(logger: Logger | undefined) {
    this.#logger = logger;
  }

  /** `login`: whose it is, for a person. */
  add(login: string, registry: string): void {
    const key = `${registry} ${login}`;
    if (this.#said.has(key) || this.#said.size >= MOST) return;
    this.#said.add(key);
    this.#logger?.warn("Pulled a public image without the login that its registry refused", {
      registry,
      login,
    });
  }
}
