import { delay } from "../async/delay.ts";
import type { Conditions } from "../ports/conditions.ts";

const BEAT_MS = 5_000;

/** Beats until `signal` aborts: the event loop turns, whatever the program waits for. */
export async function heartbeat(conditions: Conditions, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    conditions.beat();
    await delay(BEAT_MS, { signal });
  }
}
