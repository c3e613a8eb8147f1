import { delay } from "@std/async/delay";
import type { FaultMode } from "./fault_mode.ts";

/** A blob on its way to the client, spoilt as the mode says. Ends when `closing` aborts. */
export function faultyBody(
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
  mode: FaultMode,
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
      return body.pipeThrough(throttle(mode.bytesPerSecond, closing));
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
  bytesPerSecond: number,
  closing: AbortSignal,
): TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>> {
  const piece = Math.max(1, Math.floor(bytesPerSecond / 20));
  return new TransformStream({
    transform: async (chunk, controller) => {
      for (let at = 0; at < chunk.length; at += piece) {
        controller.enqueue(chunk.slice(at, at + piece));
        await delay(50, { signal: closing });
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
