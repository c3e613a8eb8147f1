import type { Moment } from "../../../mod/pure/moment.ts";
import type { WantedValue } from "../../../mod/pure/bucket/wire.ts";
import { ImageLedger } from "../../../mod/pure/pulls/image_ledger.ts";
import type { PullFailure } from "../../../mod/pure/pulls/pull_outcome.ts";
import { PULL_SCHEDULE } from "../../../mod/pure/pulls/pull_schedule.ts";

/** The image that most tests are about. */
export const APP = "reg.lab/app:1";
/** The present moment; its two times have nothing to do with one another. */
export const NOW: Moment = { wallMs: Date.UTC(2026, 0, 1), monotonicMs: 1_000_000 };
/** Its monotonic time. */
export const MS = NOW.monotonicMs;
/** In ms. */
export const MINUTE = 60_000;

/** The moment so many ms after `NOW`. */
export function later(ms: number): Moment {
  return { wallMs: NOW.wallMs + ms, monotonicMs: NOW.monotonicMs + ms };
}

/** A wanted value with nothing special. */
export function value(reference: string, rest: Partial<WantedValue> = {}): WantedValue {
  return { v: 1, reference, priority: 0, placements: [{}], pullSecrets: [], ...rest };
}

/** What `setWanted()` takes. */
export function wanting(...values: readonly (string | WantedValue)[]): Map<string, WantedValue> {
  return new Map(values.map((each) => {
    const wanted = typeof each === "string" ? value(each) : each;
    return [wanted.reference, wanted];
  }));
}

/** A ledger that wants these. */
export function ledgerOf(...references: string[]): ImageLedger {
  const ledger = new ImageLedger({ schedule: PULL_SCHEDULE, random: () => 0.5 });
  ledger.setWanted(wanting(...references), NOW);
  return ledger;
}

/** A ledger whose images were checked and not found. */
export function missing(...references: string[]): ImageLedger {
  const ledger = ledgerOf(...references);
  for (const reference of ledger.beginCheck()) {
    ledger.recordCheck(reference, { state: "absent" }, NOW);
  }
  return ledger;
}

/** A pull of this image that fails. */
export function fail(
  ledger: ImageLedger,
  reference: string,
  failure: PullFailure,
  now = NOW,
): void {
  ledger.beginPull(reference, now);
  ledger.recordPull(reference, { result: "failed", failure, detail: "said so" }, now);
}
