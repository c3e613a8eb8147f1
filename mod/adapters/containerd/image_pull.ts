import { messageOf } from "../../pure/message_of.ts";
import type { PullOptions } from "../../ports/image_runtime.ts";
import type { Logger } from "../../ports/logger.ts";
import type { NotRelayed } from "../../ports/pull_relay.ts";
import { argumentFault } from "../../pure/pulls/ctr_arguments.ts";
import type { PullOutcome } from "../../pure/pulls/pull_outcome.ts";
import { RuntimeUnavailableError } from "../../pure/pulls/runtime_errors.ts";
import { startsLazily } from "../../pure/pulls/snapshotter_choice.ts";
import { pullDirectly } from "./direct_pull.ts";
import type { PullDeps } from "./pull_deps.ts";
import { notRelayed, pullRelayed } from "./relayed_pull.ts";

/**
 * Pulls one image and verifies that a container could start from it. A pull never fails because of
 * the relay alone: where that cannot carry it, ctr asks the registry by itself.
 *
 * A pull that is ended early (abort, stall) leaves a lease of 24 h in containerd, which keeps what
 * has arrived so far: the next pull resumes from there. It is kept until a pull succeeds, or is
 * given up by `discard()`.
 */
export async function pullImage(
  deps: PullDeps,
  reference: string,
  options: PullOptions,
): Promise<PullOutcome> {
  const fault = argumentFault(reference);
  if (fault !== undefined) return { result: "failed", failure: "invalid", detail: fault };
  const { signal } = options;
  if (signal.aborted) return { result: "cancelled" };
  try {
    const snapshotter = await deps.snapshotter.find({ signal });
    if (startsLazily(snapshotter)) return leftToKubelet(snapshotter);
    const relayed = await byRelay(deps, reference, options);
    if (relayed === undefined) {
      return unusedLogins(await pullDirectly(deps, reference, options), options);
    }
    if ("result" in relayed) return relayed;
    tellOnce(deps, reference, relayed);
    const outcome = await pullDirectly(deps, reference, options);
    return outcome.result === "cancelled" ? outcome : { ...outcome, ...relayed };
  } catch (error) {
    if (signal.aborted) return { result: "cancelled" };
    if (!(error instanceof RuntimeUnavailableError)) throw error;
    return { result: "failed", failure: "runtime", detail: error.message.slice(0, 500) };
  }
}

/** Only the relay uses logins: all may read the command lines of ctr. */
function unusedLogins(outcome: PullOutcome, { logins = [] }: PullOptions): PullOutcome {
  const isDenied = outcome.result === "failed" && outcome.failure === "denied";
  const isUnused = isDenied && logins.some(({ as }) => as !== undefined);
  return isUnused ? { ...outcome, direct: "--relay is off" } : outcome;
}

function leftToKubelet(snapshotter: string): PullOutcome {
  const detail = `snapshotter "${snapshotter}" starts containers before their image is there`;
  return { result: "failed", failure: "lazy_snapshotter", detail };
}

/** Undefined where no pull is to be relayed. */
async function byRelay(
  deps: PullDeps,
  reference: string,
  options: PullOptions,
): Promise<PullOutcome | NotRelayed | undefined> {
  const opened = await deps.relay?.open(reference, { logins: options.logins }).catch(notRelayed);
  if (opened === undefined || "direct" in opened) return opened;
  try {
    return await pullRelayed(deps, reference, opened, options);
  } finally {
    await close(opened, deps.logger);
  }
}

/** An end that fails takes nothing from a pull that is over. */
async function close(relayed: AsyncDisposable, logger: Logger): Promise<void> {
  try {
    await relayed[Symbol.asyncDispose]();
  } catch (error) {
    logger.warn("Could not end a relayed pull cleanly", { reason: messageOf(error) });
  }
}

function tellOnce({ toldDirect, logger }: PullDeps, reference: string, why: NotRelayed): void {
  const [registry = ""] = reference.split("/", 1);
  if (toldDirect.has(registry)) return;
  toldDirect.add(registry);
  logger.warn("Could not carry pulls through the relay, so ctr asks the registry by itself", {
    registry,
    reason: why.direct,
  });
}
