import { abortable } from "../../async/abortable.ts";
import {
  argumentFault,
  type CtrTarget,
  type CtrVersions,
  pullArguments,
} from "../../pure/pulls/ctr_arguments.ts";
import { classifyPull, type PullOutcome } from "../../pure/pulls/pull_outcome.ts";
import { RuntimeUnavailableError } from "../../pure/pulls/runtime_errors.ts";
import type { Ctr } from "./ctr_process.ts";
import type { CtrQueries } from "./ctr_queries.ts";
import { presenceOf } from "./image_check.ts";
import { type StallVerdict, watchForStall } from "./stall_watch.ts";

/** What `pullImage()` works with. */
export interface PullDeps {
  readonly ctr: Ctr;
  readonly queries: CtrQueries;
  readonly target: CtrTarget;
  readonly hostsDir: string | undefined;
  /** Whether ctr has a proxy or authorities of its own; see `pullArguments()`. */
  readonly ownWay: boolean;
  readonly idleTimeoutMs: number;
  versions(options: { readonly signal: AbortSignal }): Promise<CtrVersions>;
}

/**
 * Pulls one image and verifies that a container could start from it.
 *
 * A pull that is ended early (abort, stall) leaves a lease of 24 h in containerd, which keeps what
 * has arrived so far: the next pull resumes from there. Leases carry no owner, so none is deleted.
 */
export async function pullImage(
  deps: PullDeps,
  reference: string,
  options: { readonly signal: AbortSignal },
): Promise<PullOutcome> {
  const fault = argumentFault(reference);
  if (fault !== undefined) return { result: "failed", failure: "invalid", detail: fault };
  try {
    const version = await deps.versions(options);
    const outcome = await runPull(deps, pullCommand(deps, reference, version), options);
    if (outcome.result !== "pulled") return outcome;
    return await verify(deps.queries, reference, options);
  } catch (error) {
    if (options.signal.aborted) return { result: "cancelled" };
    if (!(error instanceof RuntimeUnavailableError)) throw error;
    return { result: "failed", failure: "runtime", detail: error.message.slice(0, 500) };
  }
}

function pullCommand(deps: PullDeps, reference: string, version: CtrVersions): string[] {
  const { target, hostsDir, ownWay } = deps;
  return pullArguments(reference, { ...target, hostsDir, ownWay, version });
}

async function runPull(
  deps: PullDeps,
  args: readonly string[],
  options: { readonly signal: AbortSignal },
): Promise<PullOutcome> {
  options.signal.throwIfAborted();
  await using child = deps.ctr.start(args);
  const over = new AbortController();
  const watching = watchForStall(deps.queries, {
    idleTimeoutMs: deps.idleTimeoutMs,
    signal: over.signal,
  });
  try {
    const verdict = await untilToBeEnded(child.ended, watching, options.signal);
    if (verdict !== undefined) await child.end();
    const { code, stderr } = await child.ended;
    return classifyPull({ code, stderr, socket: deps.target.address, ...verdict });
  } finally {
    over.abort();
    await watching;
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

/** Checks a pull that ctr calls a success: ctr 2 does so for an image without this platform. */
async function verify(
  queries: CtrQueries,
  reference: string,
  options: { readonly signal: AbortSignal },
): Promise<PullOutcome> {
  const image = (await queries.check([reference], options)).get(reference);
  const presence = presenceOf(image);
  switch (presence.state) {
    case "usable":
      return { result: "pulled", bytes: presence.bytes, digest: presence.digest };
    case "absent":
      return {
        result: "failed",
        failure: "not_usable",
        detail: "ctr reports success, yet containerd does not know the image",
      };
    case "incomplete":
      return {
        result: "failed",
        failure: image?.platform === false ? "no_platform" : "not_usable",
        detail: `ctr reports success, yet no container could start: ${presence.why}`,
      };
  }
}
