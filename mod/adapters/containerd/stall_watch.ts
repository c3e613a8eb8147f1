import { pause } from "../../async/delay.ts";
import type { Download, Unpacking } from "../../pure/pulls/ctr_output.ts";
import { RuntimeUnavailableError } from "../../pure/pulls/runtime_errors.ts";

/** Questions about progress; both throw `RuntimeUnavailableError`. */
export interface ProgressProbes {
  downloads(options: { readonly signal: AbortSignal }): Promise<readonly Download[]>;
  unpacking(options: { readonly signal: AbortSignal }): Promise<Unpacking>;
}

/** Why a pull should be ended. */
export type StallVerdict =
  | {
    readonly endedBy: "stall" | "hung";
    /** How long nothing had moved, in seconds. */
    readonly quietSeconds: number;
  }
  /** It went on, and yet took longer than any pull of its size may. */
  | { readonly endedBy: "ceiling"; readonly afterSeconds: number };

/** Times the timeout: unpacking shows progress only per layer, and one may take minutes. */
export const PATIENCE_WHILE_UNPACKING = 10;
/** How many in a row; on a busy node a single question may stay without an answer. */
export const FAILED_PROBES_OF_A_HUNG_DAEMON = 3;
/** How soon it is asked again after that, in ms. */
export const ASK_AGAIN_MS = 1000;

/**
 * Watches a pull that goes without the relay: waits until nothing has moved for `idleTimeoutMs`, or containerd has stopped answering; resolves
 * to undefined when `signal` aborts, as it does once the pull is over. ctr has no such limit: a
 * registry that accepts and says nothing holds it for ever.
 *
 * containerd does not say which download belongs to which pull, so a pull that stalls beside others
 * that advance is noticed only once these have ended.
 */
export async function watchForStall(
  probes: ProgressProbes,
  options: {
    readonly idleTimeoutMs: number;
    readonly signal: AbortSignal;
    /** A monotonic clock, in ms. */
    readonly now?: (() => number) | undefined;
  },
): Promise<StallVerdict | undefined> {
  const { idleTimeoutMs, signal, now = () => performance.now() } = options;
  const progress = new Progress(now);
  let failures = 0;
  for (;;) {
    const waitMs = intervalMs(idleTimeoutMs);
    if (!await pause(failures === 0 ? waitMs : Math.min(waitMs, ASK_AGAIN_MS), signal)) break;
    const sample = await takeSample(probes, signal);
    if (signal.aborted) return undefined;
    if (sample === undefined) {
      if (++failures < FAILED_PROBES_OF_A_HUNG_DAEMON) continue;
      return { endedBy: "hung", quietSeconds: Math.round(progress.quietMs() / 1000) };
    }
    failures = 0;
    progress.record(sample);
    const patience = progress.onlyUnpacking ? PATIENCE_WHILE_UNPACKING : 1;
    const quietMs = progress.quietMs();
    if (quietMs > idleTimeoutMs * patience) {
      return { endedBy: "stall", quietSeconds: Math.round(quietMs / 1000) };
    }
  }
  return undefined;
}

/** Tells from one sample to the next whether anything has moved. */
class Progress {
  /** Whether a layer is being unpacked while nothing is downloaded. */
  onlyUnpacking = false;
  readonly #now: () => number;
  readonly #startedAt: number;
  #movedAt: number;
  #last: string | undefined;
  /** Unfinished downloads of earlier pulls, with their sizes; containerd keeps them for a day. */
  #leftovers: ReadonlyMap<string, string> | undefined;

  constructor(now: () => number) {
    this.#now = now;
    this.#startedAt = this.#movedAt = now();
  }

  record({ downloads, unpacking: { layers, committed } }: Sample): void {
    const now = this.#now();
    const olderThanThePull = (now - this.#startedAt) / 1000 + 1;
    this.#leftovers ??= new Map(
      downloads.filter(({ ageSeconds }) => ageSeconds > olderThanThePull)
        .map(({ ref, size }) => [ref, size]),
    );
    const running = downloads.some(({ ref, size }) => this.#leftovers?.get(ref) !== size);
    this.onlyUnpacking = layers.length > 0 && !running;
    const state = [
      ...downloads.map(({ ref, size }) => `${ref} ${size}`),
      ...layers,
      committed.length,
    ];
    const fingerprint = state.sort().join("\n");
    if (fingerprint !== this.#last) this.#movedAt = now;
    this.#last = fingerprint;
  }

  quietMs(): number {
    return this.#now() - this.#movedAt;
  }
}

/** What containerd shows of progress at one moment. */
interface Sample {
  readonly downloads: readonly Download[];
  readonly unpacking: Unpacking;
}

/** Undefined when containerd gave no answer. */
async function takeSample(
  probes: ProgressProbes,
  signal: AbortSignal,
): Promise<Sample | undefined> {
  try {
    const downloads = await probes.downloads({ signal });
    return { downloads, unpacking: await probes.unpacking({ signal }) };
  } catch (error) {
    if (signal.aborted || error instanceof RuntimeUnavailableError) return undefined;
    throw error;
  }
}

/** Between samples: short enough to measure the timeout to a fifth; a sample takes 30 ms. */
export function intervalMs(idleTimeoutMs: number): number {
  return Math.min(Math.max(idleTimeoutMs / 5, 100), 10_000);
}
