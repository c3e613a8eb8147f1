import { pause } from "../../async/delay.ts";
import { finishesWithin } from "../../async/finishes_within.ts";
import { onAbort } from "../../async/on_abort.ts";
import type { RuntimeEvent, UseEvent } from "../../ports/image_runtime.ts";
import type { Logger } from "../../ports/logger.ts";
import type { Metrics } from "../../ports/metrics.ts";
import {
  containersArguments,
  type CtrTarget,
  eventsArguments,
  listArguments,
} from "../../pure/pulls/ctr_arguments.ts";
import { parseContainerImages } from "../../pure/pulls/container_output.ts";
import { parseEvent } from "../../pure/pulls/ctr_events.ts";
import { parseNames } from "../../pure/pulls/ctr_output.ts";
import { RuntimeUnavailableError } from "../../pure/pulls/runtime_errors.ts";
import { askCtr } from "./ask_ctr.ts";
import type { Ctr, CtrChild, CtrEnd } from "./ctr_process.ts";

/** What `followEvents()` works with. */
export interface RuntimeEventsDeps {
  readonly ctr: Ctr;
  readonly target: CtrTarget;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Resolves when containerd answers; throws `RuntimeUnavailableError` otherwise. */
  probe(options: { readonly signal: AbortSignal }): Promise<unknown>;
}

const FIRST_WAIT_MS = 200;
const LONGEST_WAIT_MS = 5000;
/** `ctr events` does not say when it has subscribed, which takes a few milliseconds. */
const SUBSCRIBED_AFTER_MS = 250;

/**
 * Follows deletions and uses for ever. `ctr events` ends with the daemon and replays nothing, so every
 * gap ends with `restarted`, also when containerd was not there at the start; `lost` begins a gap in
 * events that were followed before.
 */
export async function* followEvents(
  deps: RuntimeEventsDeps,
  options: { readonly signal: AbortSignal },
): AsyncIterable<RuntimeEvent> {
  const { signal } = options;
  const { logger, metrics, target } = deps;
  let gap = false;
  let logged = false;
  let waitMs = FIRST_WAIT_MS;
  while (!signal.aborted) {
    let answers = false;
    try {
      await deps.probe({ signal });
      answers = true;
      await using child = deps.ctr.start(eventsArguments(target), { stdout: "lines" });
      using _listener = onAbort(signal, () => child.end());
      if (await finishesWithin(child.ended, SUBSCRIBED_AFTER_MS)) {
        throw eventsEnded(await child.ended);
      }
      if (gap) {
        gap = logged = false;
        waitMs = FIRST_WAIT_MS;
        metrics.count("warm_images_reconnects_total", { to: "containerd" });
        logger.info("Subscribed to the events of containerd", { address: target.address });
        yield { type: "restarted" };
      }
      const following = await whatThereIs(deps, child, signal);
      if (following !== undefined) yield following;
      for await (const line of child.lines()) {
        const event = parseEvent(line);
        if (event !== undefined && !signal.aborted) yield event;
      }
      throw eventsEnded(await child.ended);
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof RuntimeUnavailableError)) throw error;
      // `RuntimeHealth` logs a runtime that answers nothing at all.
      if (answers && !logged) {
        logger.warn("Lost the events of containerd", { reason: error.message });
      }
      logged ||= answers;
      if (answers && !gap) yield { type: "lost" };
      gap = true;
    }
    // Without jitter: each agent waits for a containerd of its own.
    await pause(waitMs, signal);
    waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS);
  }
}

/**
 * Asked once events come, so that nothing falls between. Deletions are worth following without it;
 * undefined then, and what is used stays unknown.
 */
async function whatThereIs(
  { ctr, target, logger }: RuntimeEventsDeps,
  child: CtrChild,
  signal: AbortSignal,
): Promise<UseEvent | undefined> {
  try {
    const names = parseNames(await askCtr(ctr, target, listArguments(target), { signal }));
    const containers = await askCtr(ctr, target, containersArguments(target), { signal });
    return { type: "following", names, inUse: parseContainerImages(containers) };
  } catch (error) {
    if (signal.aborted || !(error instanceof RuntimeUnavailableError)) throw error;
    // A daemon that has gone takes the events with it, and is asked again when it is back.
    if (await finishesWithin(child.ended, SUBSCRIBED_AFTER_MS)) return undefined;
    logger.warn("Cannot tell which images are used until the events of containerd begin anew", {
      reason: error.message,
    });
    return undefined;
  }
}

function eventsEnded({ code, stderr }: CtrEnd): RuntimeUnavailableError {
  const said = stderr.trim().split("\n").at(-1)?.slice(0, 300);
  return new RuntimeUnavailableError(`ctr events ended with code ${code}: ${said}`);
}
