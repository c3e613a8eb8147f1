import { Deadline } from "../async/deadline.ts";
import type { Logger } from "../ports/logger.ts";
import type { StateStore } from "../ports/state_store.ts";
import { jittered } from "../pure/backoff.ts";
import type { BeatValue } from "../pure/bucket/agent_wire.ts";
import { beatKey } from "../pure/bucket/state_keys.ts";
import { WriteForbiddenError } from "../pure/bucket/store_errors.ts";
import { Wake } from "../async/wake.ts";
import { messageOf } from "../pure/message_of.ts";

/** How often an agent beats; three times this is silence (`SILENT_MS`). */
const BEAT_MS = 60_000;
/** How soon a beat that failed is tried again, in ms. */
const RETRY_MS = 10_000;
/** The same where the agent may not beat: somebody has to grant it. */
const FORBIDDEN_MS = 10 * 60_000;
/** How long a write may take, in ms; NATS answers within 5 s or not at all. */
const WRITE_MS = 10_000;

/** What `BeatWriter` works with. */
export interface BeatWriterDeps {
  readonly store: StateStore;
  readonly logger: Logger;
  readonly random: () => number;
}

/** What a beat says, and whether there is one. */
export interface BeatSource {
  describe(): BeatValue;
  /** Whether the agent's work goes on: one that is stuck must not seem alive. */
  isAlive(): boolean;
}

/** Tells once a minute that the agent is alive, in a few hundred bytes. */
export class BeatWriter {
  readonly #deps: BeatWriterDeps;
  readonly #source: BeatSource;
  readonly #wake = new Wake();
  #begun = false;
  #forbidden = false;
  #failing = false;

  constructor(deps: BeatWriterDeps, source: BeatSource) {
    this.#deps = deps;
    this.#source = source;
  }

  /** Whether NATS does not let the agent beat; then its reports have to tell that it is alive. */
  get forbidden(): boolean {
    return this.#forbidden;
  }

  /** Beats at once, and from then on; called again, when the bucket is a new one. */
  begin(): void {
    this.#begun = true;
    this.#wake.call("begin");
  }

  /** Beats until `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    let idleMs = BEAT_MS;
    while (!signal.aborted) {
      await this.#wake.next({ signal, idleMs });
      if (signal.aborted) return;
      if (this.#begun) idleMs = jittered(await this.#write(signal), this.#deps.random);
    }
  }

  /** Resolves to when the next beat is due, in ms. */
  async #write(signal: AbortSignal): Promise<number> {
    const { store, logger } = this.#deps;
    if (!this.#source.isAlive()) return RETRY_MS;
    const beat = this.#source.describe();
    const key = beatKey(beat.node);
    using deadline = new Deadline(WRITE_MS, "the bucket to take the beat", signal);
    try {
      await store.put(key, JSON.stringify(beat), { signal: deadline.signal });
    } catch (error) {
      return this.#failed(error, key);
    }
    if (this.#forbidden) logger.info("May beat now, so the report is written when it changes");
    else if (this.#failing) logger.info("Wrote the beat again");
    this.#forbidden = false;
    this.#failing = false;
    return BEAT_MS;
  }

  #failed(error: unknown, key: string): number {
    const { logger } = this.#deps;
    const fields = { error: messageOf(error) };
    if (error instanceof WriteForbiddenError) {
      if (!this.#forbidden) {
        logger.warn(
          `May not write ${key}, so the report is written every minute: grant what mod/README.md ` +
            'lists under "Permissions of a shared NATS"',
          fields,
        );
      }
      this.#forbidden = true;
      return FORBIDDEN_MS;
    }
    if (!this.#failing) logger.warn("Could not write the beat, trying again", fields);
    this.#failing = true;
    return RETRY_MS;
  }
}
