import { pause } from "../../async/delay.ts";
import type { RelayTraffic } from "../../ports/pull_relay.ts";
import type { Blob } from "../../pure/images/image_content.ts";
import { RuntimeUnavailableError } from "../../pure/pulls/runtime_errors.ts";
import type { StoredBytes } from "./content_store.ts";
import { FAILED_PROBES_OF_A_HUNG_DAEMON, type StallVerdict } from "./stall_watch.ts";

const TICK_MS = 1000;
/**
 * How long containerd may have stored nothing before it is asked whether it lives, in ms: it writes in
 * steps of 512 KiB, and buffers on the way take in megabytes that nobody will store.
 */
const ASK_AFTER_MS = 5000;

/** A relayed pull that is being watched. */
export interface WatchedTransfer {
  readonly relayed: { readonly traffic: RelayTraffic };
  /** What the runtime lacked before the pull. */
  readonly missing: readonly Blob[];
  /** What it has of that now; undefined where that cannot be seen. */
  stored(): Promise<StoredBytes | undefined>;
  /** Asks containerd anything; throws `RuntimeUnavailableError`. */
  probe(options: { readonly signal: AbortSignal }): Promise<unknown>;
  readonly idleTimeoutMs: number;
  readonly signal: AbortSignal;
  /** Whether the relay fetches nothing now, which is no stall. */
  isPaused(): boolean;
  /** A monotonic clock, in ms. */
  readonly now?: (() => number) | undefined;
}

/**
 * Watches a relayed pull for as long as bytes are due. Only bytes of its own blobs count, from the
 * registry or, where another pull or kubelet fetches one of them, as containerd stores them; no
 * process is started while it does. Resolves to "stored" when it has all that it asks for, to
 * undefined when `signal` aborts.
 */
export async function watchTransfer(
  watched: WatchedTransfer,
): Promise<StallVerdict | "stored" | undefined> {
  const { relayed, missing, idleTimeoutMs, signal, now = () => performance.now() } = watched;
  const tickMs = Math.min(TICK_MS, Math.max(idleTimeoutMs / 5, 100));
  const askAfterMs = Math.min(ASK_AFTER_MS, idleTimeoutMs / 2);
  const dueBytes = missing.reduce((sum, { bytes }) => sum + bytes, 0);
  let [moved, taken, failures] = [-1, -1, 0];
  let at = now();
  let [movedAt, livedAt] = [at, at];
  do {
    const stored = await watched.stored();
    const { arrivedBytes, deliveredBytes } = relayed.traffic;
    if (stored?.isWhole ?? deliveredBytes >= dueBytes) return "stored";
    const takenNow = stored?.bytes ?? deliveredBytes;
    const movedNow = arrivedBytes + deliveredBytes + takenNow;
    const elapsedMs = now() - at;
    at += elapsedMs;
    if (movedNow !== moved) movedAt = at;
    if (takenNow !== taken) [livedAt, failures] = [at, 0];
    [moved, taken] = [movedNow, takenNow];
    if (watched.isPaused()) {
      [movedAt, livedAt] = [movedAt + elapsedMs, livedAt + elapsedMs];
      continue;
    }
    const quietMs = at - movedAt;
    // A daemon 2.x does not ask for layers that it has unpacked and discarded.
    const isAsking = relayed.traffic.firstRequestAt === undefined || stored?.isPart !== false;
    if (!isAsking && quietMs > idleTimeoutMs / 2) return "stored";
    const quietSeconds = Math.round(quietMs / 1000);
    if (failures > 0 || at - livedAt >= askAfterMs) {
      failures = await answers(watched) ? 0 : failures + 1;
      if (failures >= FAILED_PROBES_OF_A_HUNG_DAEMON) return { endedBy: "hung", quietSeconds };
      if (failures === 0) livedAt = now();
    }
    if (failures === 0 && quietMs > idleTimeoutMs) return { endedBy: "stall", quietSeconds };
  } while (await pause(tickMs, signal));
  return undefined;
}

async function answers({ probe, signal }: WatchedTransfer): Promise<boolean> {
  try {
    await probe({ signal });
    return true;
  } catch (error) {
    if (signal.aborted) return true;
    if (error instanceof RuntimeUnavailableError) return false;
    throw error;
  }
}
