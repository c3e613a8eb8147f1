/**
 * Waits for `work`, but no longer than `ms`. Resolves to whether it finished in time; rejects when
 * it failed in time. A later failure is dropped.
 */
export async function finishesWithin(work: Promise<unknown>, ms: number): Promise<boolean> {
  const late = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => late.resolve(false), ms);
  try {
    return await Promise.race([work.then(() => true), late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
