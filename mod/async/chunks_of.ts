import { onAbort } from "./on_abort.ts";

/**
 * Reads a stream until it ends; throws the signal's reason as soon as it aborts. A stream that is
 * left early is cancelled.
 *
 * Deno's fetch alone does not do that: after a garbage collection its signal no longer reaches a
 * body that is being read (Deno 2.7 and 2.9), and a watchdog could not end the request.
 */
export async function* chunksOf(
  stream: ReadableStream<Uint8Array>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const reader = stream.getReader();
  const cancel = () => reader.cancel(signal.reason).catch(() => {});
  using _listener = onAbort(signal, cancel);
  try {
    while (true) {
      signal.throwIfAborted();
      const { done, value } = await reader.read();
      signal.throwIfAborted(); // a cancelled read looks like the end
      if (done) return;
      yield value;
    }
  } finally {
    await cancel();
  }
}
