import { pause } from "../../async/delay.ts";
import type { StallVerdict } from "./stall_watch.ts";

const TICK_MS = 10_000;

/**
 * Waits until a pull has lasted for `ceilingMs`, not counting what it stood still for others; resolves
 * to undefined when `signal` aborts, as it does once the pull is over.
 */
export async function watchCeiling(
  { ceilingMs, isPaused, signal }: {
    readonly ceilingMs: number;
    readonly isPaused: () => boolean;
    readonly signal: AbortSignal;
  },
): Promise<StallVerdict | undefined> {
  let leftMs = ceilingMs;
  while (leftMs > 0) {
    const tickMs = Math.min(leftMs, TICK_MS);
    if (!await pause(tickMs, signal)) return undefined;
    if (!isPaused()) leftMs -= tickMs;
  }
  return { endedBy: "ceiling", afterSeconds: Math.round(ceilingMs / 1000) };
}
