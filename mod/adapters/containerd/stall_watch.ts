import { delay } from "@std/async/delay";
import type { Unpacking } from "../../pure/ctr_output.ts";
import { RuntimeUnavailableError } from "../../pure/runtime_errors.ts";

/** What can be seen of progress; both throw when containerd does not answer. */
export interface ProgressProbes {
  /** What is being downloaded and how much has arrived; equal when nothing moved. */
  downloads(options: { readonly signal: AbortSignal }): Promise<readonly string[]>;
  unpacking(options: { readonly signal: AbortSignal }): Promise<Unpacking>;
}

/** Why a pull should be ended. */
export interface StallVerdict {
  readonly endedBy: "stall" | "hung";
  readonly quietSeconds: number;
}

/** Unpacking shows progress only per layer, and a layer may take minutes on a slow disk. */
const PATIENCE_WHILE_UNPACKING = 10;
/** One unanswered question happens on a busy node. */
const FAILED_PROBES_OF_A_HUNG_DAEMON = 3;

/**
 * Waits until nothing has moved for `idleTimeoutMs`, or containerd has stopped answering; resolves
 * to undefined when `signal` aborts, as it does once the pull is over. ctr has no such limit: a
 * registry that accepts and says nothing holds it for ever.
 *
 * containerd does not say which download belongs to which pull, so a pull that stalls beside others
 * that advance is found when these have ended.
 */
export async function watchForStall(
  probes: ProgressProbes,
  options: { readonly idleTimeoutMs: number; readonly signal: AbortSignal },
): Promise<StallVerdict | undefined> {
  const { idleTimeoutMs, signal } = options;
  let seen = "";
  let movedAt = performance.now();
  let failures = 0;
  for (;;) {
    try {
      await delay(intervalMs(idleTimeoutMs), { signal });
    } catch {
      return undefined;
    }
    const now = await look(probes, signal);
    if (signal.aborted) return undefined;
    const quietMs = performance.now() - movedAt;
    const quietSeconds = Math.round(quietMs / 1000);
    if (now === undefined) {
      if (++failures < FAILED_PROBES_OF_A_HUNG_DAEMON) continue;
      return { endedBy: "hung", quietSeconds };
    }
    failures = 0;
    if (now.fingerprint !== seen) {
      seen = now.fingerprint;
      movedAt = performance.now();
    } else if (quietMs > idleTimeoutMs * (now.unpacking ? PATIENCE_WHILE_UNPACKING : 1)) {
      return { endedBy: "stall", quietSeconds };
    }
  }
}

interface Look {
  readonly fingerprint: string;
  readonly unpacking: boolean;
}

/** Undefined when containerd gave no answer. */
async function look(probes: ProgressProbes, signal: AbortSignal): Promise<Look | undefined> {
  try {
    const downloads = await probes.downloads({ signal });
    const { layers, done } = await probes.unpacking({ signal });
    return {
      fingerprint: [...downloads, ...layers, done].join("\n"),
      unpacking: layers.length > 0,
    };
  } catch (error) {
    if (signal.aborted || error instanceof RuntimeUnavailableError) return undefined;
    throw error;
  }
}

/** Often enough to measure quiet to a fifth; rarely enough to cost nothing (15 ms a question). */
function intervalMs(idleTimeoutMs: number): number {
  return Math.min(Math.max(idleTimeoutMs / 5, 100), 10_000);
}
