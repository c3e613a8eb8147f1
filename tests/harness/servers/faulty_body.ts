import { delay } from "@std/async/delay";
import type { FaultMode } from "./fault_mode.ts";

/**
 * A blob on its way to the client, spoilt as the mode says; a brake is let go when the mode of `now`
 * is no brake any more. Ends when `closing` aborts.
 */
export function faultyBody(
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
  mode: FaultMode,
  now: () => FaultMode,
  closing: AbortSignal,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  switch (mode.fault) {
    case "stall":
      return body.pipeThrough(cutAfter(mode.afterBytes, () => untilAborted(closing)));
    case "reset":
      return body.pipeThrough(cutAfter(mode.afterBytes, () => Promise.resolve()));
    case "corrupt":
      return body.pipeThrough(flipOneByte());
    case "slow":
      return body.pipeThrough(throttle(now, closing));
    default:
      return body;
  }
}

/** Passes so many bytes, waits as told, then ends: the server closes a connection that owes bytes. */
function cutAfter(
  bytes: number,
  wait: () => Promise<void>,
): TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>> {
  let left = bytes;
  return new TransformStream({
    transform: async (chunk, controller) => {
      if (left > 0) controller.enqueue(chunk.slice(0, left));
      left -= chunk.length;
      if (left >= 0) return;
      await delay(0); // lets what was passed leave before the connection closes
      await wait();
      controller.terminate();
    },
  });
}

function flipOneByte(): TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>> {
  let flipped = false;
  return new TransformStream({
    transform: (chunk, controller) => {
      const copy = chunk.slice();
      // Behind the header of gzip, so that the digest differs and not the format.
      const place = Math.min(20, copy.length - 1);
      if (!flipped) copy[place] = (copy[place] ?? 0) ^ 0xff;
      flipped = true;
      controller.enqueue(copy);
    },
  });
}

function throttle(
  modeNow: () => FaultMode,
  closing: AbortSignal,
): TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>> {
  let freeAt = 0;
  return new TransformStream({
    transform: async (chunk, controller) => {
      for (let at = 0; at < chunk.length;) {
        const mode = modeNow();
        if (mode.fault !== "slow") return controller.enqueue(chunk.slice(at));
        const piece = chunk.slice(at, at + Math.max(1, Math.floor(mode.bytesPerSecond / 20)));
        at += piece.length;
        const now = performance.now();
        freeAt = Math.max(freeAt, now) + piece.length / mode.bytesPerSecond * 1000;
        controller.enqueue(piece);
        // A timer is not exact, and what is behind is made up for.
        if (freeAt - now > 5) await delay(freeAt - now, { signal: closing });
      }
    },
  });
}

/** Resolves when the signal aborts. */
export function untilAborted(signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  if (signal.aborted) resolve();
  signal.addEventListener("abort", () => resolve(), { once: true });
  return promise;
}
