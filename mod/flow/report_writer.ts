import { Deadline } from "../async/deadline.ts";
import { pause } from "../async/delay.ts";
import type { Clock } from "../ports/clock.ts";
import type { Logger } from "../ports/logger.ts";
import type { StateStore } from "../ports/state_store.ts";
import { backoffMs, jittered } from "../pure/backoff.ts";
import { LIMITS, partBytesWithin } from "../pure/bucket/limits.ts";
import { type ReportContent, reportEntries } from "../pure/bucket/report_parts.ts";
import { ValueTooLargeError, WriteForbiddenError } from "../pure/bucket/store_errors.ts";
import { Wake } from "../async/wake.ts";
import { messageOf } from "../pure/message_of.ts";

/** Changes are gathered: after a write by its length, so that 5,000 nodes do not flood NATS. */
const GATHER = { leastMs: 2_000, bytesPerMs: 16, mostMs: 30_000 };
/** How soon a failed write is tried again: a store that is full or busy gets no more to do. */
const RETRY = { baseMs: 1_000, maxMs: 15_000 };
/** A report is written once in this time though nothing changed: it heals what nobody thought of. */
const REFRESH_MS = 6 * 60 * 60_000;
/** The same where the report is the only sign of life; also how often it is looked at anyway. */
const SIGN_MS = 60_000;
/** How long the write of one value may take, in ms; NATS answers within 5 s or not at all. */
const WRITE_MS = 10_000;
/** How long writing the last report may take on shutdown, in ms. */
const LAST_REPORT_MS = 2_000;

/** What `ReportWriter` works with. */
export interface ReportWriterDeps {
  readonly store: StateStore;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly random: () => number;
}

/** What a report says, and how. */
export interface ReportSource {
  describe(): ReportContent;
  /** Whether the controller judges the agent by its reports, as nothing else tells of it. */
  isOnlySign(): boolean;
}

/** Writes the node's report to the bucket when it changed, and tries again when that fails. */
export class ReportWriter {
  readonly #deps: ReportWriterDeps;
  readonly #source: ReportSource;
  readonly #wake = new Wake();
  #begun = false;
  /** Set while changes are gathered. */
  #gathering: AbortController | undefined;
  #isUrgent = false;
  #failures = 0;
  #partsForbidden = false;
  /** What was written last; undefined when it must be written whatever it says. */
  #written: string | undefined;
  #writtenAt = 0;
  #refreshMs = REFRESH_MS;
  #partBytes: number = LIMITS.partBytes;

  constructor(deps: ReportWriterDeps, source: ReportSource) {
    this.#deps = deps;
    this.#source = source;
  }

  /** Asks for the report to be written if it says something new. */
  changed(): void {
    this.#begun = true;
    this.#wake.call("changed");
  }

  /** The same, without gathering what else changes: somebody waits for it. */
  urgent(): void {
    this.#isUrgent = true;
    this.changed();
    this.#gathering?.abort();
  }

  /** The bucket is a new one, without a report: asks for it to be written. */
  lost(): void {
    this.#written = undefined;
    this.#partsForbidden = false;
    this.#partBytes = LIMITS.partBytes;
    this.#wake.call("lost");
  }

  /** Writes reports until `signal` aborts, then a last one; none before the first `changed()`. */
  async run(signal: AbortSignal): Promise<void> {
    let idleMs = SIGN_MS;
    while (!signal.aborted) {
      await this.#wake.next({ signal, idleMs });
      if (signal.aborted) break;
      if (!this.#begun) continue;
      this.#isUrgent = false;
      const waits = await this.#writeIfDue(WRITE_MS, signal);
      idleMs = waits.idleMs;
      await this.#gather(waits.gatherMs, signal);
    }
    if (this.#begun) await this.#writeIfDue(LAST_REPORT_MS);
  }

  /** Waits for as long, unless something is urgent by then. */
  async #gather(ms: number, signal: AbortSignal): Promise<void> {
    if (this.#isUrgent) return;
    this.#gathering = new AbortController();
    await pause(ms, AbortSignal.any([signal, this.#gathering.signal]));
    this.#gathering = undefined;
  }

  /** Resolves to how long further changes are gathered, and when to look again without any. */
  async #writeIfDue(
    withinMs: number,
    signal?: AbortSignal,
  ): Promise<{ readonly gatherMs: number; readonly idleMs: number }> {
    const { clock, random } = this.#deps;
    const content = this.#source.describe();
    const text = JSON.stringify(content);
    const periodMs = this.#source.isOnlySign() ? SIGN_MS : this.#refreshMs;
    const dueInMs = this.#writtenAt + periodMs - clock.monotonicMs();
    if (this.#written === text && dueInMs > 0) {
      return { gatherMs: 0, idleMs: Math.min(SIGN_MS, dueInMs) };
    }
    const result = await this.#write(content, withinMs, signal);
    if (result !== "written") {
      const gatherMs = backoffMs(++this.#failures, RETRY, random);
      return { gatherMs, idleMs: result === "failed" ? 0 : SIGN_MS };
    }
    if (this.#failures > 0) this.#deps.logger.info("Wrote the report again");
    this.#failures = 0;
    this.#written = text;
    this.#writtenAt = clock.monotonicMs();
    this.#refreshMs = jittered(REFRESH_MS, random);
    const { leastMs, bytesPerMs, mostMs } = GATHER;
    const gatherMs = Math.min(Math.max(leastMs, text.length / bytesPerMs), mostMs);
    return { gatherMs, idleMs: Math.max(0, SIGN_MS - gatherMs) };
  }

  /** `refused`: another try would help no more than this one did. */
  async #write(
    content: ReportContent,
    withinMs: number,
    signal?: AbortSignal,
  ): Promise<"written" | "failed" | "refused"> {
    const { store, logger, clock } = this.#deps;
    const at = new Date(clock.wallMs()).toISOString();
    const maxParts = this.#partsForbidden ? 1 : undefined;
    try {
      for (
        const { key, value } of reportEntries(content, { at, partBytes: this.#partBytes, maxParts })
      ) {
        using deadline = new Deadline(withinMs, "the bucket to take the report", signal);
        await store.put(key, value, { signal: deadline.signal });
      }
    } catch (error) {
      if (this.#canShrink(error, content.node)) return await this.#write(content, withinMs, signal);
      if (this.#failures === 0) {
        logger.warn("Could not write the report, trying again", { error: messageOf(error) });
      }
      const isRefused = error instanceof ValueTooLargeError || error instanceof WriteForbiddenError;
      return isRefused ? "refused" : "failed";
    }
    return "written";
  }

  /** Finds a shape that the store may take where it refused this one. */
  #canShrink(error: unknown, node: string): boolean {
    if (error instanceof ValueTooLargeError && this.#partBytes > LIMITS.leastPartBytes) {
      const half = Math.max(LIMITS.leastPartBytes, Math.floor(this.#partBytes / 2));
      this.#partBytes = Math.min(partBytesWithin(error.maxBytes), half);
      return true;
    }
    const isPart = error instanceof WriteForbiddenError && error.key.startsWith("part.");
    if (!isPart || this.#partsForbidden) return false;
    this.#partsForbidden = true;
    this.#deps.logger.warn(
      `May not write part.*.${node}, so the report leaves out images that do not fit into one ` +
        'value: grant what mod/README.md lists under "Permissions of a shared NATS"',
      { error: error.message },
    );
    return true;
  }
}
