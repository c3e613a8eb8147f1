import { startTimer } from "./timer.ts";

/**
 * Waits for `work`, but no longer than `ms`. Resolves to whether it finished in time; rejects when
 * it failed in time. A later failure is dropped.
 */
export async function finishesWithin(work: Promise<unknown>, ms: number): Promise<boolean> {
  const late = Promise.withResolvers<boolean>();
  using _timer = startTimer(ms, () => late.resolve(false));
  return await Promise.race([work.then(() => true), late.promise]);
}
