import type { Clock } from "../../../mod/ports/clock.ts";

/** A clock whose two times move with fake time, and whose time of day can be set. */
export interface FakeClock extends Clock {
  /** Sets the time of day forward by `ms`, or back when that is negative. */
  step(ms: number): void;
}

/** Makes one while time is faked; `monotonicMs()` begins with 0, as that of a program does. */
export function fakeClock(): FakeClock {
  const startMs = Date.now();
  let steppedMs = 0;
  return {
    wallMs: () => Date.now() + steppedMs,
    monotonicMs: () => Date.now() - startMs,
    step: (ms) => void (steppedMs += ms),
  };
}
