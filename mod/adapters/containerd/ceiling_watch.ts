import { pause } from "../../async/delay.ts";
import type { StallVerdict } from "./stall_watch.ts";

/** A ceiling that rises meanwhile is not run after in ever smaller steps. */
const TICK_MS = { least: 1_000, most: 10_000 };

/**
 * Waits until a pull has lasted for longer than it may, not counting what it stood still for others;
 * resolves to undefined when `signal` aborts, as it does once the pull is over.
 */
export async function watchCeiling(
  { ceilingMs, isPaused, signal }: {
    /** How long it may last, as far as that is known by now. */
    readonly ceilingMs: () => number | Promise<number>;
    readonly isPaused: () => boolean;
    readonly signal: AbortSignal;
  },
): Promise<StallVerdict | undefined> {
  let lastedMs = 0;
  for (;;) {
    const leftMs = await ceilingMs() - lastedMs;
    if (leftMs <= 0) return { endedBy: "ceiling", afterSeconds: Math.round(lastedMs / 1000) };
    const tickMs = Math.max(TICK_MS.least, Math.min(leftMs, TICK_MS.most));
    if (!await pause(tickMs, signal)) return undefined;
    if (!isPaused()) lastedMs += tickMs;
  }
}
