import { pause } from "../../async/delay.ts";
import type { RelayTraffic } from "../../ports/pull_relay.ts";
import type { PullProgress } from "../../pure/pulls/pull_progress.ts";
import { RuntimeUnavailableError } from "../../pure/pulls/runtime_errors.ts";
import { type ProgressProbes, type StallVerdict, watchForStall } from "./stall_watch.ts";

const TICK_MS = 1000;
/** On a busy node a single question may stay without an answer. */
const FAILED_PROBES_OF_A_HUNG_DAEMON = 3;

/** A relayed pull that is being watched. */
export interface WatchedTransfer {
  readonly relayed: { readonly traffic: RelayTraffic };
  /** Of what the runtime lacked before the pull. */
  readonly missingBytes: number;
  readonly idleTimeoutMs: number;
  readonly signal: AbortSignal;
  /** Whether the relay fetches nothing now, which is no stall. */
  isPaused(): boolean;
  readonly progress?: ((progress: PullProgress) => void) | undefined;
}

/**
 * `watchForStall()` of a relayed pull: as long as bytes are due, only this pull's own bytes count,
 * and no process is started while they move. When all have been taken, what is left is unpacking.
 */
export async function watchTransfer(
  probes: ProgressProbes,
  watched: WatchedTransfer,
): Promise<StallVerdict | undefined> {
  const { relayed, missingBytes, idleTimeoutMs, signal } = watched;
  const tickMs = Math.min(TICK_MS, Math.max(idleTimeoutMs / 5, 100));
  let [last, quietMs, failures] = [-1, 0, 0];
  let at = performance.now();
  while (await pause(tickMs, signal)) {
    const { arrivedBytes, deliveredBytes } = relayed.traffic;
    watched.progress?.({ bytes: Math.min(arrivedBytes, missingBytes), totalBytes: missingBytes });
    if (deliveredBytes >= missingBytes) {
      return await watchForStall(probes, { idleTimeoutMs, signal });
    }
    const now = performance.now();
    const moved = arrivedBytes + deliveredBytes !== last;
    quietMs = moved || watched.isPaused() ? 0 : quietMs + now - at;
    [last, at] = [arrivedBytes + deliveredBytes, now];
    if (quietMs === 0) continue;
    const quietSeconds = Math.round(quietMs / 1000);
    if (quietMs > idleTimeoutMs) return { endedBy: "stall", quietSeconds };
    failures = await answers(probes, signal) ? 0 : failures + 1;
    if (failures >= FAILED_PROBES_OF_A_HUNG_DAEMON) return { endedBy: "hung", quietSeconds };
    quietMs += performance.now() - now;
    at = performance.now();
  }
  return undefined;
}

/** Whether containerd, which may be what takes no bytes, answers a question. */
async function answers(probes: ProgressProbes, signal: AbortSignal): Promise<boolean> {
  try {
    await probes.downloads({ signal });
    return true;
  } catch (error) {
    if (signal.aborted) return true;
    if (error instanceof RuntimeUnavailableError) return false;
    throw error;
  }
}
