import { onAbort } from "../../../async/on_abort.ts";
import { readChunks } from "./chunk_reader.ts";
import type { Intake } from "./intake.ts";
import type { Waiting } from "./standstill_watch.ts";

/** How long a connection may give nothing while others do, in ms. */
const PATIENCE_MS = 10_000;

/**
 * Reads a body from a registry until it ends, as fast as it may come. Throws the signal's reason as
 * soon as it aborts. A body that is left early is cancelled.
 */
export async function* readBody(
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
  intake: Intake,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const reader = readChunks(body, intake.blockBytes);
  let stoodStill = false;
  const waiting: Waiting = {
    since: undefined,
    patienceMs: PATIENCE_MS,
    giveUp: () => {
      stoodStill = true;
      reader.cancel();
    },
  };
  // A fetch's own signal may no longer reach its body (Deno 2.9, see `chunksOf`).
  using _listener = onAbort(signal, reader.cancel);
  using _watch = intake.standstill.watch(waiting);
  let took = 0;
  try {
    for (;;) {
      const hold = intake.ready(took, signal);
      if (hold !== undefined) await hold;
      waiting.since = performance.now();
      const chunk = await reader.read();
      waiting.since = undefined;
      signal.throwIfAborted(); // a cancelled read looks like the end
      if (stoodStill) throw new Error(`it gave nothing for ${PATIENCE_MS / 1000} s`);
      if (chunk === undefined) return;
      took = intake.took(chunk.length);
      yield chunk;
    }
  } finally {
    reader.cancel();
  }
}
