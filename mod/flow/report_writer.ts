import { Deadline } from "../async/deadline.ts";
import { pause } from "../async/delay.ts";
import type { Logger } from "../ports/logger.ts";
import type { StateStore } from "../ports/state_store.ts";
import { reportKey } from "../pure/bucket/state_keys.ts";
import { ValueTooLargeError } from "../pure/bucket/store_errors.ts";
import type { ReportValue } from "../pure/bucket/wire.ts";
import { Wake } from "../async/wake.ts";
import { messageOf } from "../pure/message_of.ts";

/** A report is written at most once in this time … */
const SHORTEST_MS = 1_000;
/** … and at least once in this one, so that a reader can tell a live agent from a dead one. */
const LONGEST_MS = 60_000;
/** How long a write may take, in ms; NATS answers within 5 s or not at all. */
const WRITE_MS = 10_000;
/** How long writing the last report may take on shutdown, in ms. */
const LAST_REPORT_MS = 2_000;

/** What `ReportWriter` works with. */
export interface ReportWriterDeps {
  readonly store: StateStore;
  readonly logger: Logger;
}

/** Writes what `describe()` returns to the bucket, and tries again when that fails. */
export class ReportWriter {
  readonly #deps: ReportWriterDeps;
  readonly #describe: () => ReportValue;
  readonly #wake = new Wake();
  #begun = false;
  #failing = false;

  constructor(deps: ReportWriterDeps, describe: () => ReportValue) {
    this.#deps = deps;
    this.#describe = describe;
  }

  /** Asks for a new report to be written. */
  changed(): void {
    this.#begun = true;
    this.#wake.call("changed");
  }

  /** Writes reports until `signal` aborts, then a last one; none before the first `changed()`. */
  async run(signal: AbortSignal): Promise<void> {
    let idleMs = LONGEST_MS;
    while (!signal.aborted) {
      await this.#wake.next({ signal, idleMs });
      if (signal.aborted) break;
      if (!this.#begun) continue;
      idleMs = await this.#write(WRITE_MS, signal) ? LONGEST_MS - SHORTEST_MS : SHORTEST_MS;
      await pause(SHORTEST_MS, signal);
    }
    if (this.#begun) await this.#write(LAST_REPORT_MS);
  }

  /** Resolves to whether the next report may wait for a change. */
  async #write(withinMs: number, signal?: AbortSignal): Promise<boolean> {
    const { store, logger } = this.#deps;
    const report = this.#describe();
    using deadline = new Deadline(withinMs, "the bucket to take the report", signal);
    try {
      await store.put(reportKey(report.node), JSON.stringify(report), {
        signal: deadline.signal,
      });
      if (this.#failing) logger.info("Wrote the report again");
      this.#failing = false;
      return true;
    } catch (error) {
      if (!this.#failing) {
        logger.warn("Could not write the report, trying again", { error: messageOf(error) });
      }
      this.#failing = true;
      return error instanceof ValueTooLargeError; // waits for a change instead of trying again
    }
  }
}
