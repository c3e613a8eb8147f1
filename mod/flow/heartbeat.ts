import { delay } from "../async/delay.ts";
import type { Conditions } from "../ports/conditions.ts";

const BEAT_MS = 5_000;

/** Shows until `signal` aborts that this program turns, whatever it waits for. */
export async function heartbeat(conditions: Conditions, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    conditions.beat();
    await delay(BEAT_MS, { signal });
  }
}
