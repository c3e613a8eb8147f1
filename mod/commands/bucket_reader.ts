import { systemClock as clock } from "../adapters/clock.ts";
import { type NatsStore, openNatsStore } from "../adapters/nats/store.ts";
import type { Clock } from "../ports/clock.ts";
import type { Conditions } from "../ports/conditions.ts";
import type { Logger } from "../ports/logger.ts";
import { print, runLogged } from "../program.ts";
import { UNSEEN } from "./unseen.ts";
import type { ControllerSettings } from "../pure/settings/controller_settings.ts";

/** The bucket is not to be read; the message says why and what to do. */
export class BucketFaultError extends Error {
  override readonly name = "BucketFaultError";
}

/** What somebody works with who reads the bucket; an order is the most that is written. */
export interface BucketReader {
  readonly store: NatsStore;
  /** What cannot be said on standard output. */
  readonly logger: Logger;
  readonly clock: Clock;
  /**
   * Aborts when the program is asked to stop, and with a `BucketFaultError` when the bucket is not
   * to be had, unless the reader is patient.
   */
  readonly signal: AbortSignal;
  /** Why the bucket cannot be read now; undefined: it can. */
  fault(): string | undefined;
}

/**
 * What becomes of a reader when the bucket is not to be had: it ends, or it goes on trying, always or
 * once it was to be had.
 */
export type Patience = "none" | "once open" | "always";

/**
 * Opens the bucket for `body` and resolves to the exit code that this gives. A bucket that cannot be
 * read is told in a sentence on standard error, and gives 1.
 */
export async function withBucketReader(
  settings: ControllerSettings,
  body: (reader: BucketReader) => Promise<number>,
  patience: Patience = "none",
): Promise<number> {
  const { log, extraCaFile } = settings;
  // Who asks for a table does not want to read that a connection was opened.
  const level = log.level === "info" ? "warn" : log.level;
  return await runLogged({ log: { ...log, level } }, async ({ logger, signal: stop }) => {
    const faulty = new AbortController();
    const signal = AbortSignal.any([stop, faulty.signal]);
    let fault: string | undefined;
    let wasOpen = false;
    let started = false; // before that it is only said that it will be
    const conditions: Conditions = {
      ...UNSEEN,
      set: (_name, holds, reason) => {
        fault = holds ? undefined : reason;
        wasOpen ||= holds;
        const isPatient = patience === "always" || (patience === "once open" && wasOpen);
        if (!started || isPatient || fault === undefined) return;
        faulty.abort(new BucketFaultError(fault));
      },
    };
    await using store = openNatsStore({ ...settings.nats, extraCaFile }, {
      role: "reader",
      name: `reader-${Deno.hostname()}-${crypto.randomUUID().slice(0, 8)}`,
      signal,
      logger: { ...logger, warn: logger.debug }, // the fault says the same
      conditions,
      metrics: UNSEEN,
    });
    started = true;
    try {
      return await body({ store, logger, clock, signal, fault: () => fault });
    } catch (error) {
      if (stop.aborted) return INTERRUPTED;
      const cause = faulty.signal.aborted ? faulty.signal.reason : error;
      if (!(cause instanceof BucketFaultError)) throw error;
      print(Deno.stderr, cause.message);
      return 1;
    }
  });
}

/** The exit code of a program that a user interrupted (128 + SIGINT). */
const INTERRUPTED = 130;
