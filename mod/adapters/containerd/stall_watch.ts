import { delay } from "../../async/delay.ts";
import type { Download, Unpacking } from "../../pure/pulls/ctr_output.ts";
import { RuntimeUnavailableError } from "../../pure/pulls/runtime_errors.ts";

/** What can be seen of progress; both throw `RuntimeUnavailableError`. */
export interface ProgressProbes {
  downloads(options: { readonly signal: AbortSignal }): Promise<readonly Download[]>;
  unpacking(options: { readonly signal: AbortSignal }): Promise<Unpacking>;
}

/** Why a pull should be ended. */
export interface StallVerdict {
  readonly endedBy: "stall" | "hung";
  /** For how long nothing had moved. */
  readonly quietSeconds: number;
}

/** Unpacking shows progress only per layer, and a layer may take minutes on a slow disk. */
const PATIENCE_WHILE_UNPACKING = 10;
/** One unanswered question happens on a busy node. */
const FAILED_PROBES_OF_A_HUNG_DAEMON = 3;
const ASK_AGAIN_MS = 1000;

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
  options: {
    readonly idleTimeoutMs: number;
    readonly signal: AbortSignal;
    /** A clock in milliseconds that nobody sets. */
    readonly now?: (() => number) | undefined;
  },
): Promise<StallVerdict | undefined> {
  const { idleTimeoutMs, signal, now = () => performance.now() } = options;
  const progress = new Progress(now);
  let failures = 0;
  for (;;) {
    const waitMs = intervalMs(idleTimeoutMs);
    if (!await waited(failures === 0 ? waitMs : Math.min(waitMs, ASK_AGAIN_MS), signal)) break;
    const seen = await look(probes, signal);
    if (signal.aborted) return undefined;
    if (seen === undefined) {
      if (++failures < FAILED_PROBES_OF_A_HUNG_DAEMON) continue;
      return { endedBy: "hung", quietSeconds: Math.round(progress.quietMs() / 1000) };
    }
    failures = 0;
    progress.see(...seen);
    const patience = progress.onlyUnpacking ? PATIENCE_WHILE_UNPACKING : 1;
    const quietMs = progress.quietMs();
    if (quietMs > idleTimeoutMs * patience) {
      return { endedBy: "stall", quietSeconds: Math.round(quietMs / 1000) };
    }
  }
  return undefined;
}

/** What has moved since when, told from one look to the next. */
class Progress {
  /** Nothing is downloaded for this pull, and a layer is being unpacked. */
  onlyUnpacking = false;
  readonly #now: () => number;
  readonly #startedAt: number;
  #movedAt: number;
  #last: string | undefined;
  /** Half done downloads of pulls that were ended before; containerd keeps them for a day. */
  #leftovers: ReadonlyMap<string, string> | undefined;

  constructor(now: () => number) {
    this.#now = now;
    this.#startedAt = this.#movedAt = now();
  }

  see(downloads: readonly Download[], { layers, done }: Unpacking): void {
    const now = this.#now();
    const olderThanThePull = (now - this.#startedAt) / 1000 + 1;
    this.#leftovers ??= new Map(
      downloads.filter(({ ageSeconds }) => ageSeconds > olderThanThePull)
        .map(({ ref, size }) => [ref, size]),
    );
    const running = downloads.some(({ ref, size }) => this.#leftovers?.get(ref) !== size);
    this.onlyUnpacking = layers.length > 0 && !running;
    const state = [...downloads.map(({ ref, size }) => `${ref} ${size}`), ...layers, done];
    const fingerprint = state.sort().join("\n");
    if (fingerprint !== this.#last) this.#movedAt = now;
    this.#last = fingerprint;
  }

  quietMs(): number {
    return this.#now() - this.#movedAt;
  }
}

/** Undefined when containerd gave no answer. */
async function look(
  probes: ProgressProbes,
  signal: AbortSignal,
): Promise<[readonly Download[], Unpacking] | undefined> {
  try {
    return [await probes.downloads({ signal }), await probes.unpacking({ signal })];
  } catch (error) {
    if (signal.aborted || error instanceof RuntimeUnavailableError) return undefined;
    throw error;
  }
}

/** False when the signal aborted meanwhile. */
function waited(ms: number, signal: AbortSignal): Promise<boolean> {
  return delay(ms, { signal }).then(() => true, () => false);
}

/** Often enough to measure quiet to a fifth; rarely enough to cost nothing (30 ms for a look). */
function intervalMs(idleTimeoutMs: number): number {
  return Math.min(Math.max(idleTimeoutMs / 5, 100), 10_000);
}
