import { onAbort } from "./on_abort.ts";
import { startTimer } from "./timer.ts";

/** Resolves after `ms`, however many; rejects with the signal's reason when it aborts first. */
export async function delay(
  ms: number,
  options: { readonly signal?: AbortSignal } = {},
): Promise<void> {
  const { signal } = options;
  signal?.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  using _timer = startTimer(ms, resolve);
  using _listener = signal && onAbort(signal, () => reject(signal.reason));
  await promise;
}

/** Waits for `ms`, or until `signal` aborts. Resolves to whether the time passed. */
export function pause(ms: number, signal: AbortSignal): Promise<boolean> {
  return delay(ms, { signal }).then(() => true, () => false);
}
