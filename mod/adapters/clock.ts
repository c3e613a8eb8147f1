import type { Clock } from "../ports/clock.ts";

/**
 * The clock of the machine. Deno's `performance.now()` is Rust's `Instant`, which is Linux'
 * CLOCK_MONOTONIC, as its timers are: no step of the time of day moves either, and neither counts
 * the time that the machine is suspended.
 */
export const systemClock: Clock = {
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now(),
};
