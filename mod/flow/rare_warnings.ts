import type { Clock } from "../ports/clock.ts";
import type { LogFields, Logger } from "../ports/logger.ts";

/** The same trouble is logged again at most this often, in ms. */
const LOG_MS = 10 * 60_000;

/** Logs warnings of which each lasts, and would come again and again. */
export class RareWarnings {
  readonly #deps: { readonly logger: Logger; readonly clock: Clock };
  /** When each was logged last, by what it is about. */
  readonly #logged = new Map<string, number>();

  constructor(deps: { readonly logger: Logger; readonly clock: Clock }) {
    this.#deps = deps;
  }

  /** Logs it, unless a warning about the same, or with the same message, was in the last ten minutes. */
  warn(message: string, fields: LogFields = {}, about = message): void {
    const now = this.#deps.clock.monotonicMs();
    if (now - (this.#logged.get(about) ?? -Infinity) < LOG_MS) return;
    for (const [key, at] of this.#logged) if (now - at >= LOG_MS) this.#logged.delete(key);
    this.#logged.set(about, now);
    this.#deps.logger.warn(message, fields);
  }
}
