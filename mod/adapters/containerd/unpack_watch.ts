import { pause } from "../../async/delay.ts";
import type { Unpacking } from "../../pure/pulls/ctr_output.ts";
import { RuntimeUnavailableError } from "../../pure/pulls/runtime_errors.ts";
import {
  ASK_AGAIN_MS,
  FAILED_PROBES_OF_A_HUNG_DAEMON,
  intervalMs,
  PATIENCE_WHILE_UNPACKING,
  type StallVerdict,
} from "./stall_watch.ts";

/** How `watchUnpacking()` works. */
export interface UnpackWatch {
  /** Throws `RuntimeUnavailableError`. */
  unpacking(options: { readonly signal: AbortSignal }): Promise<Unpacking>;
  /** Names of the image's own unpacked layers; undefined: any unpacked layer counts. */
  layers(): Promise<readonly string[] | undefined>;
  readonly idleTimeoutMs: number;
  readonly signal: AbortSignal;
  /** A monotonic clock, in ms. */
  readonly now?: (() => number) | undefined;
}

/**
 * Waits until no layer of the image has been unpacked for long, or containerd has stopped answering;
 * resolves to undefined when `signal` aborts, as it does once the pull is over. Others may unpack
 * beside it, so only layers of the image that are done count.
 */
export async function watchUnpacking(watch: UnpackWatch): Promise<StallVerdict | undefined> {
  const { idleTimeoutMs, signal, now = () => performance.now() } = watch;
  const waitMs = intervalMs(idleTimeoutMs);
  let own: ReadonlySet<string> | undefined;
  let [failures, movedAt, done] = [0, now(), 0];
  while (await pause(failures === 0 ? waitMs : Math.min(waitMs, ASK_AGAIN_MS), signal)) {
    const committed = await committedNow(watch);
    if (signal.aborted) return undefined;
    const quietSeconds = () => Math.round((now() - movedAt) / 1000);
    if (committed === undefined) {
      if (++failures < FAILED_PROBES_OF_A_HUNG_DAEMON) continue;
      return { endedBy: "hung", quietSeconds: quietSeconds() };
    }
    failures = 0;
    own ??= await watch.layers().then((layers) => layers && new Set(layers));
    const doneNow = committed.filter((layer) => own?.has(layer) ?? true).length;
    if (doneNow !== done) movedAt = now();
    done = doneNow;
    if (now() - movedAt > idleTimeoutMs * PATIENCE_WHILE_UNPACKING) {
      return { endedBy: "stall", quietSeconds: quietSeconds() };
    }
  }
  return undefined;
}

/** Undefined when containerd gave no answer. */
async function committedNow(
  { unpacking, signal }: UnpackWatch,
): Promise<readonly string[] | undefined> {
  try {
    return (await unpacking({ signal })).committed;
  } catch (error) {
    if (signal.aborted || error instanceof RuntimeUnavailableError) return undefined;
    throw error;
  }
}
