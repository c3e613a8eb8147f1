import { abortable } from "../../async/abortable.ts";
import { classifyPull, type PullOutcome } from "../../pure/pulls/pull_outcome.ts";
import type { Ctr } from "./ctr_process.ts";
import type { LeasedRun } from "./leases.ts";
import type { StallVerdict } from "./stall_watch.ts";

/** One run of `ctr images pull`. */
export interface CtrPull {
  readonly args: readonly string[];
  /** Path of containerd's socket. */
  readonly socket: string;
  readonly signal: AbortSignal;
  /** Resolves when the pull should be ended, to undefined once `signal` has aborted. */
  watch(options: { readonly signal: AbortSignal }): Promise<StallVerdict | undefined>;
  /** Learns what the run may leave behind; the pull's end waits for it. */
  follow(run: Pick<LeasedRun, "startedAt" | "ended">): Promise<void>;
}

/** Runs ctr to its end, or ends it when `signal` or `watch` says so; tells what it came to. */
export async function runCtrPull(ctr: Ctr, pull: CtrPull): Promise<PullOutcome> {
  pull.signal.throwIfAborted();
  const startedAt = Date.now();
  await using child = ctr.start(pull.args);
  const following = pull.follow({ startedAt, ended: child.ended });
  const over = new AbortController();
  const watching = pull.watch({ signal: over.signal });
  try {
    const verdict = await untilToBeEnded(child.ended, watching, pull.signal);
    if (verdict !== undefined) await child.end();
    const { code, stderr } = await child.ended;
    return classifyPull({ code, stderr, socket: pull.socket, ...verdict });
  } finally {
    over.abort();
    await child.end();
    await Promise.all([watching, following]);
  }
}

type Verdict = StallVerdict | { readonly endedBy: "abort" };

/** Waits for a reason to end the pull; undefined when it ends by itself. */
async function untilToBeEnded(
  ended: Promise<unknown>,
  watching: Promise<StallVerdict | undefined>,
  signal: AbortSignal,
): Promise<Verdict | undefined> {
  try {
    return await abortable(Promise.race([ended.then(() => undefined), watching]), signal);
  } catch (error) {
    if (signal.aborted) return { endedBy: "abort" };
    throw error;
  }
}
