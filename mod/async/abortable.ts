import { onAbort } from "./on_abort.ts";

/**
 * Waits for work that cannot be aborted itself; rejects with the signal's reason as soon as it
 * aborts. The work goes on and its result is dropped, so it needs a deadline of its own.
 */
export async function abortable<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  using _listener = onAbort(signal, () => aborted.reject(signal.reason));
  return await Promise.race([aborted.promise, work]);
}
