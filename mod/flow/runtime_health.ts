import type { Clock } from "../ports/clock.ts";
import type { Conditions } from "../ports/conditions.ts";
import type { RuntimeVersion } from "../ports/image_runtime.ts";
import type { Logger } from "../ports/logger.ts";
import { backoffMs } from "../pure/backoff.ts";
import type { RuntimeUnavailableError } from "../pure/pulls/runtime_errors.ts";
import type { RuntimeQuestions } from "./runtime_questions.ts";

/** The runtime is probed at least once in this time, so that readiness notices its death. */
const PROBE_MS = 60_000;
const BACKOFF = { baseMs: 1_000, maxMs: 15_000 };

/** What `RuntimeHealth` works with. */
export interface RuntimeHealthDeps {
  readonly runtime: Pick<RuntimeQuestions, "version">;
  readonly logger: Logger;
  readonly conditions: Conditions;
  readonly clock: Clock;
}

/** Whether the container runtime answers, and when to probe it. Times are monotonic, in ms. */
export class RuntimeHealth {
  readonly #deps: RuntimeHealthDeps;
  readonly #random: () => number;
  #version: RuntimeVersion | undefined;
  #probeAt = 0;
  #answers = false;
  #failures = 0;
  #everAnswered = false;
  #lostSince: number | undefined;

  constructor(deps: RuntimeHealthDeps, random: () => number) {
    this.#deps = deps;
    this.#random = random;
    deps.conditions.set("runtime", false, "Has not asked the container runtime yet");
  }

  /** Versions by the last probe; `undefined` while the runtime does not answer. */
  get version(): RuntimeVersion | undefined {
    return this.#version;
  }

  /** When the next probe is due if nothing happens before. */
  get probeAt(): number {
    return this.#probeAt;
  }

  /** Whether it has failed and the wait for the next try is not over. */
  isResting(): boolean {
    return this.#failures > 0 && this.#now() < this.#probeAt;
  }

  /** Asks for the versions when that is due. Throws `RuntimeUnavailableError`. */
  async probe(signal: AbortSignal): Promise<void> {
    if (this.#now() < this.#probeAt) return;
    this.#version = await this.#deps.runtime.version({ signal });
    this.#probeAt = this.#now() + PROBE_MS;
  }

  /** Makes the next probe due at once: the runtime went away or came back. */
  changed(): void {
    this.#probeAt = 0;
  }

  /** How long a runtime that had answered before has not listened at its socket, in ms. */
  lostForMs(): number {
    return this.#lostSince === undefined ? 0 : this.#now() - this.#lostSince;
  }

  /** Takes in that it has answered every question; one that answers only some is not healthy. */
  answered(): void {
    if (!this.#answers) this.#deps.logger.info("Container runtime answered", { ...this.#version });
    this.#answers = this.#everAnswered = true;
    this.#lostSince = undefined;
    this.#failures = 0;
    this.#deps.conditions.set("runtime", true);
  }

  /** Takes in that it did not answer a question; returns when to try again. */
  failed(error: RuntimeUnavailableError): number {
    if (this.#failures === 0) {
      this.#deps.logger.warn("Container runtime did not answer, trying again", {
        error: error.message,
      });
    }
    this.#version = undefined;
    this.#answers = false;
    this.#lostSince = error.lost && this.#everAnswered ? this.#lostSince ?? this.#now() : undefined;
    this.#deps.conditions.set("runtime", false, error.message);
    this.#probeAt = this.#now() + backoffMs(++this.#failures, BACKOFF, this.#random);
    return this.#probeAt;
  }

  #now(): number {
    return this.#deps.clock.monotonicMs();
  }
}
