/**
 * Runs tasks side by side until all have ended. When one throws, the others are aborted, and its
 * error is thrown once they have ended. Tasks end quietly when their signal aborts.
 */
export async function runAll(
  signal: AbortSignal,
  tasks: readonly ((signal: AbortSignal) => Promise<void>)[],
): Promise<void> {
  const failed = new AbortController();
  const joint = AbortSignal.any([signal, failed.signal]);
  const errors: unknown[] = [];
  await Promise.all(tasks.map(async (task) => {
    try {
      await task(joint);
    } catch (error) {
      if (joint.aborted && error === joint.reason) return;
      errors.push(error);
      failed.abort(error);
    }
  }));
  if (errors.length > 0) throw errors[0];
}
