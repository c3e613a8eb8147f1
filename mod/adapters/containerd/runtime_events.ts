import { delay } from "../../async/delay.ts";
import type { RuntimeEvent } from "../../ports/image_runtime.ts";
import type { Logger } from "../../ports/logger.ts";
import type { Metrics } from "../../ports/metrics.ts";
import { type CtrTarget, eventsArguments } from "../../pure/pulls/ctr_arguments.ts";
import { parseDeletion } from "../../pure/pulls/ctr_output.ts";
import { RuntimeUnavailableError } from "../../pure/pulls/runtime_errors.ts";
import type { Ctr, CtrChild } from "./ctr_process.ts";

/** What following containerd's events needs. */
export interface EventDeps {
  readonly ctr: Ctr;
  readonly target: CtrTarget;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Resolves when containerd answers; throws `RuntimeUnavailableError` otherwise. */
  probe(options: { readonly signal: AbortSignal }): Promise<unknown>;
}

const FIRST_WAIT_MS = 200;
const LONGEST_WAIT_MS = 5000;
/** `ctr events` does not say when it has subscribed; it takes a few milliseconds. */
const SUBSCRIBED_AFTER_MS = 250;

/**
 * Follows deletions for ever. `ctr events` ends when the daemon does and replays nothing, so after
 * every gap comes `restarted`: also when containerd was not there in the beginning. `lost` is told
 * at its begin.
 */
export async function* followEvents(
  deps: EventDeps,
  options: { readonly signal: AbortSignal },
): AsyncIterable<RuntimeEvent> {
  const { signal } = options;
  const { logger, metrics, target } = deps;
  let gap = false;
  let told = false;
  let waitMs = FIRST_WAIT_MS;
  while (!signal.aborted) {
    let answers = false;
    try {
      await deps.probe({ signal });
      answers = true;
      await using child = deps.ctr.start(eventsArguments(target), { stdout: "lines" });
      using _ending = endOnAbort(child, signal);
      if (!await outlives(child, SUBSCRIBED_AFTER_MS)) throw ended(await child.ended);
      if (gap) {
        gap = told = false;
        waitMs = FIRST_WAIT_MS;
        metrics.count("warm_images_reconnects_total", { to: "containerd" });
        logger.info("containerd answers again", { address: target.address });
        yield { type: "restarted" };
      }
      for await (const line of child.lines()) {
        const reference = parseDeletion(line);
        if (reference !== undefined && !signal.aborted) yield { type: "deleted", reference };
      }
      throw ended(await child.ended);
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof RuntimeUnavailableError)) throw error;
      // A runtime that answers nothing at all is told by whoever asks it for more than events.
      if (answers && !told) logger.warn("Lost the events of containerd", { reason: error.message });
      told ||= answers;
      if (answers && !gap) yield { type: "lost" };
      gap = true;
    }
    // each agent waits for a containerd of its own, so there is no crowd to spread
    await delay(waitMs, { signal }).catch(() => {});
    waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS);
  }
}

function endOnAbort(child: CtrChild, signal: AbortSignal): Disposable {
  const end = () => void child.end();
  signal.addEventListener("abort", end, { once: true });
  if (signal.aborted) end();
  return { [Symbol.dispose]: () => signal.removeEventListener("abort", end) };
}

function ended(end: { readonly code: number; readonly stderr: string }): RuntimeUnavailableError {
  const said = end.stderr.trim().split("\n").at(-1)?.slice(0, 300);
  return new RuntimeUnavailableError(`ctr events ended with code ${end.code}: ${said}`);
}

async function outlives(child: CtrChild, ms: number): Promise<boolean> {
  const over = new AbortController();
  try {
    const signal = over.signal;
    return await Promise.race([
      child.ended.then(() => false),
      delay(ms, { signal }).then(() => true, () => false),
    ]);
  } finally {
    over.abort();
  }
}
