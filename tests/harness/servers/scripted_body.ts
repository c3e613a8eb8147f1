import { delay } from "@std/async/delay";
import type { StoredBlob } from "./stored_blob.ts";
import { CutError, type ScriptedFault } from "./scripted_fault.ts";

type Chunks = AsyncIterable<Uint8Array<ArrayBuffer>>;

/** Small enough for a brake to be felt, and for a client that goes to be noticed. */
const CHUNK = 65_536;

/** Bytes of a blob from `from` to before `end`. */
export async function* bytesOf(blob: StoredBlob, from: number, end: number): Chunks {
  for (let at = from; at < end;) {
    const chunk = blob.read(at, Math.min(end, at + CHUNK));
    yield chunk;
    at += chunk.length;
  }
}

/** Spoils a body as the fault says. Waits for nothing longer than until `signal` aborts. */
export function spoilt(
  body: Chunks,
  fault: ScriptedFault | undefined,
  signal: AbortSignal,
): Chunks {
  switch (fault?.fault) {
    case "reset":
      return cut(body, fault.afterBytes, () => Promise.resolve());
    case "hang":
      return cut(body, fault.afterBytes ?? 0, () => untilAborted(signal));
    case "wrong_bytes":
      return inverted(body);
    case "wrong_length":
      // The connection that owes bytes, or that sent more than it said, is closed.
      return cut(body, Infinity, () => Promise.resolve());
    case "goes_on":
      return longer(body, fault.bytes);
    case "slow":
      return paced(body, paceOf(() => fault.bytesPerSecond), signal);
    default:
      return body;
  }
}

/** Lets so many bytes of a second's share pass, over all bodies that share it. */
export type Pace = (bytes: number, signal: AbortSignal) => Promise<void>;

/** What timers may be late by is made up for, up to this. */
const LATENESS_MS = 20;

/** A brake of so many bytes a second, as they are said for each chunk; undefined: it is let go. */
export function paceOf(bytesPerSecond: () => number | undefined): Pace {
  let freeAt = performance.now();
  return async (bytes, signal) => {
    const speed = bytesPerSecond();
    if (speed === undefined) return;
    const now = performance.now();
    freeAt = Math.max(freeAt, now - LATENESS_MS) + bytes / speed * 1000;
    if (freeAt - now > 5) await delay(freeAt - now, { signal });
  };
}

/** Passes a body at this pace. */
export async function* paced(body: Chunks, pace: Pace, signal: AbortSignal): Chunks {
  for await (const chunk of body) {
    await pace(chunk.length, signal);
    yield chunk;
  }
}

/** Resolves when the signal aborts. */
export function untilAborted(signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  if (signal.aborted) resolve();
  signal.addEventListener("abort", () => resolve(), { once: true });
  return promise;
}

async function* cut(body: Chunks, bytes: number, wait: () => Promise<void>): Chunks {
  let left = bytes;
  for await (const chunk of body) {
    if (chunk.length <= left) yield chunk;
    else if (left > 0) yield chunk.slice(0, left);
    left -= chunk.length;
    if (left < 0) break;
  }
  await delay(20); // lets what was sent leave before the connection closes
  await wait();
  throw new CutError();
}

async function* inverted(body: Chunks): Chunks {
  for await (const chunk of body) yield chunk.map((each) => each ^ 0xff);
}

async function* longer(body: Chunks, bytes: number): Chunks {
  yield* body;
  yield new Uint8Array(bytes).fill(0x78);
}
