import type { Clock } from "../../ports/clock.ts";
import type { Logger } from "../../ports/logger.ts";

/** How often refusals are told at most, in ms: who is refused tries again for ever. */
const TOLD_MS = 60_000;

/** Tells of refused logins: of the first at once, of more once in a minute, with their number. */
export class RefusalLog {
  readonly #deps: { readonly logger: Logger; readonly clock: Clock };
  #toldMs = -Infinity;
  #untold = 0;

  constructor(deps: { readonly logger: Logger; readonly clock: Clock }) {
    this.#deps = deps;
  }

  /** Adds a refusal; `reason` holds nothing secret. */
  add(reason: string): void {
    const nowMs = this.#deps.clock.monotonicMs();
    this.#untold++;
    if (nowMs - this.#toldMs < TOLD_MS) return;
    this.#deps.logger.warn("Refused logins at NATS", { reason, count: this.#untold });
    this.#toldMs = nowMs;
    this.#untold = 0;
  }
}
