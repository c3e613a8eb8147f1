import { abortable } from "../../async/abortable.ts";
import { argumentFault, type CtrTarget, pullArguments } from "../../pure/pulls/ctr_arguments.ts";
import type { CtrVersions } from "../../pure/pulls/ctr_versions.ts";
import { classifyPull, type PullOutcome } from "../../pure/pulls/pull_outcome.ts";
import { RuntimeUnavailableError } from "../../pure/pulls/runtime_errors.ts";
import type { PullOptions } from "../../ports/image_runtime.ts";
import type { PullRelay, RelayedPull } from "../../ports/pull_relay.ts";
import type { Blob, ImageContent } from "../../pure/images/image_content.ts";
import { choosePullWay } from "../../pure/pulls/pull_way.ts";
import { startsLazily } from "../../pure/pulls/snapshotter_choice.ts";
import type { ContentStore } from "./content_store.ts";
import type { Ctr } from "./ctr_process.ts";
import type { CtrQueries } from "./ctr_queries.ts";
import { presenceOf } from "./image_check.ts";
import type { Snapshotter } from "./snapshotter.ts";
import { type StallVerdict, watchForStall } from "./stall_watch.ts";

/** What `pullImage()` works with. */
export interface PullDeps {
  readonly ctr: Ctr;
  readonly queries: CtrQueries;
  readonly target: CtrTarget;
  readonly hostsDir: string | undefined;
  readonly snapshotter: Snapshotter;
  readonly idleTimeoutMs: number;
  /** Undefined: ctr asks registries by itself. */
  readonly relay: PullRelay | undefined;
  readonly content: ContentStore;
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
  options: PullOptions,
): Promise<PullOutcome> {
  const fault = argumentFault(reference);
  if (fault !== undefined) return { result: "failed", failure: "invalid", detail: fault };
  try {
    const snapshotter = await deps.snapshotter.find(options);
    if (startsLazily(snapshotter)) return leftToKubelet(snapshotter);
    const opened = await deps.relay?.open(reference);
    if (opened === undefined || "direct" in opened) {
      return await pullDirectly(deps, reference, options);
    }
    await using relayed = opened;
    return await pullRelayed(deps, reference, relayed, options);
  } catch (error) {
    if (options.signal.aborted) return { result: "cancelled" };
    if (!(error instanceof RuntimeUnavailableError)) throw error;
    return { result: "failed", failure: "runtime", detail: error.message.slice(0, 500) };
  }
}

function leftToKubelet(snapshotter: string): PullOutcome {
  const detail = `snapshotter "${snapshotter}" starts containers before their image is there`;
  return { result: "failed", failure: "lazy_snapshotter", detail };
}

async function pullDirectly(
  deps: PullDeps,
  reference: string,
  options: PullOptions,
): Promise<PullOutcome> {
  const { target, hostsDir } = deps;
  const version = await deps.versions(options);
  const snapshotter = await deps.snapshotter.find(options);
  const args = pullArguments(reference, {
    ...target,
    hostsDir,
    way: "client",
    version,
    snapshotter,
  });
  return await verified(deps, reference, await runPull(deps, args, options), options);
}

async function pullRelayed(
  deps: PullDeps,
  reference: string,
  relayed: RelayedPull,
  options: PullOptions,
): Promise<PullOutcome> {
  const { signal, known, admit } = options;
  const found = await relayed.lookUp({ signal, known });
  if (found.result !== "found") return found;
  const missing = await missingBlobs(deps.content, found.content);
  const admission = await admit?.({ bytes: totalBytes(blobsOf(found.content)), missing });
  if (admission?.admitted === false) {
    return { result: "failed", failure: "no_room", detail: admission.detail };
  }
  const isAhead = await relayed.fetchAhead(missing, { signal });
  const version = await deps.versions(options);
  const snapshotter = await deps.snapshotter.find({ signal });
  const way = choosePullWay({ version, isAhead, snapshotter });
  const { hostsDir } = relayed;
  const args = pullArguments(reference, { ...deps.target, hostsDir, way, version, snapshotter });
  return await verified(deps, reference, await runPull(deps, args, options), options);
}

async function missingBlobs(content: ContentStore, image: ImageContent): Promise<Blob[]> {
  const blobs = blobsOf(image);
  const present = await Promise.all(blobs.map(({ digest }) => content.has(digest)));
  return blobs.filter((_, index) => !present[index]);
}

function blobsOf({ config, layers }: ImageContent): Blob[] {
  return [config, ...layers];
}

function totalBytes(blobs: readonly Blob[]): number {
  return blobs.reduce((sum, { bytes }) => sum + bytes, 0);
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
async function verified(
  { queries }: PullDeps,
  reference: string,
  outcome: PullOutcome,
  options: { readonly signal: AbortSignal },
): Promise<PullOutcome> {
  if (outcome.result !== "pulled") return outcome;
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
