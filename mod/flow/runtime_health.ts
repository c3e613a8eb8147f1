import type { Conditions } from "../ports/conditions.ts";
import type { ImageRuntime, RuntimeVersion } from "../ports/image_runtime.ts";
import type { Logger } from "../ports/logger.ts";
import { backoffMs } from "../pure/backoff.ts";
import type { RuntimeUnavailableError } from "../pure/pulls/runtime_errors.ts";

/** The runtime is asked for its version at least this often, so that readiness notices its death. */
const PROBE_MS = 60_000;
const BACKOFF = { baseMs: 1_000, maxMs: 15_000 };

/** Whether the container runtime answers, and when to ask it again. Times are ms since the epoch. */
export class RuntimeHealth {
  readonly #runtime: ImageRuntime;
  readonly #logger: Logger;
  readonly #conditions: Conditions;
  readonly #random: () => number;
  #version: RuntimeVersion | undefined;
  #probeAt = 0;
  #answers = false;
  #failures = 0;
  #everAnswered = false;
  #lostSince: number | undefined;

  constructor(
    deps: {
      readonly runtime: ImageRuntime;
      readonly logger: Logger;
      readonly conditions: Conditions;
    },
    random: () => number,
  ) {
    this.#runtime = deps.runtime;
    this.#logger = deps.logger;
    this.#conditions = deps.conditions;
    this.#random = random;
    deps.conditions.set("runtime", false, "Has not asked the container runtime yet");
  }

  /** Versions as last told; `undefined` while it does not answer. */
  get version(): RuntimeVersion | undefined {
    return this.#version;
  }

  /** When it should be asked again if nothing happens before. */
  get probeAt(): number {
    return this.#probeAt;
  }

  /** True while it failed and the wait for the next try is not over. */
  isResting(now: number): boolean {
    return this.#failures > 0 && now < this.#probeAt;
  }

  /** Asks for its version when that is due. Throws `RuntimeUnavailableError`. */
  async probe(signal: AbortSignal): Promise<void> {
    if (Date.now() < this.#probeAt) return;
    this.#version = await this.#runtime.version({ signal });
    this.#probeAt = Date.now() + PROBE_MS;
  }

  /** It went away or came back: ask at once. */
  changed(): void {
    this.#probeAt = 0;
  }

  /** For how long nobody has listened at its socket, of a runtime that had answered before; ms. */
  lostForMs(now: number): number {
    return this.#lostSince === undefined ? 0 : now - this.#lostSince;
  }

  /** Every question was answered; one that answers only some of them is not well. */
  answered(): void {
    if (!this.#answers) this.#logger.info("Container runtime answers", { ...this.#version });
    this.#answers = this.#everAnswered = true;
    this.#lostSince = undefined;
    this.#failures = 0;
    this.#conditions.set("runtime", true);
  }

  /** A question was not answered; returns when to try again. */
  failed(error: RuntimeUnavailableError): number {
    if (this.#failures === 0) {
      this.#logger.warn("Container runtime does not answer, trying again", {
        error: error.message,
      });
    }
    this.#version = undefined;
    this.#answers = false;
    this.#lostSince = error.lost && this.#everAnswered ? this.#lostSince ?? Date.now() : undefined;
    this.#conditions.set("runtime", false, error.message);
    this.#probeAt = Date.now() + backoffMs(++this.#failures, BACKOFF, this.#random);
    return this.#probeAt;
  }
}
