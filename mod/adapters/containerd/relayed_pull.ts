import type { PullOptions } from "../../ports/image_runtime.ts";
import { Deadline } from "../../async/deadline.ts";
import type { LookUp, NotRelayed, RelayedPull } from "../../ports/pull_relay.ts";
import { messageOf } from "../../pure/message_of.ts";
import {
  type Blob,
  blobsOf,
  type ImageContent,
  totalBytes,
} from "../../pure/images/image_content.ts";
import { pullArguments } from "../../pure/pulls/ctr_arguments.ts";
import type { PullOutcome } from "../../pure/pulls/pull_outcome.ts";
import type { CtrVersions } from "../../pure/pulls/ctr_versions.ts";
import { choosePullWay, type PullWay } from "../../pure/pulls/pull_way.ts";
import { mayHaveMissedRelay, relayedOutcome } from "../../pure/pulls/relayed_outcome.ts";
import { BYTES_NAMESPACE } from "../../pure/pulls/bytes_arguments.ts";
import { fetchBytes } from "./bytes/bytes_fetch.ts";
import type { ContentStore } from "./content_store.ts";
import { runCtrPull } from "./ctr_pull.ts";
import { verified } from "./image_check.ts";
import { unlessMissed } from "./missed_relay.ts";
import type { ClaimedPull } from "./proven_ways.ts";
import type { PullDeps } from "./pull_deps.ts";
import { reportProgress } from "./progress_reports.ts";
import { type WatchedPull, watchRelayed } from "./relayed_watch.ts";

/**
 * Pulls through the relay; the registry is asked first, and ctr started only for what is there.
 * Resolves to why not, where ctr does not find the relay: nothing is known of the registry then.
 */
export async function pullRelayed(
  deps: PullDeps,
  reference: string,
  relayed: RelayedPull,
  options: PullOptions,
): Promise<PullOutcome | NotRelayed> {
  const { signal, known, admit } = options;
  const found = await lookUp(deps, relayed, { signal, known });
  if (!("result" in found) || found.result !== "found") return found;
  const { as } = found;
  const namespace = as === undefined ? deps.target.namespace : BYTES_NAMESPACE;
  const missing = await missingBlobs(deps.content, found.content);
  const bytes = totalBytes(blobsOf(found.content));
  const admission = await admit?.({ bytes, missing, ...(as && { as }) });
  if (admission?.admitted === false) {
    return { result: "failed", failure: "no_room", detail: admission.detail };
  }
  const { digest } = found.content.manifest;
  // What is there now may be gone before ctr looks, so all count.
  const blobs = blobsOf(found.content).map((each) => each.digest);
  const digests = new Set([found.content.digest, digest, ...blobs]);
  using _fetching = deps.downloads.fetching({ namespace, digests });
  using _progress = await progressOf(deps, relayed, { missing, namespace, ...options });
  if (as === "bytes") {
    return await fetchBytes(deps, reference, relayed, { content: found.content, missing, signal });
  }
  const version = await deps.versions({ signal });
  const snapshotter = await deps.snapshotter.find({ signal });
  const { reachesRelay } = deps.daemonWay;
  const wayOf = (isAhead: boolean) =>
    choosePullWay({ version, isAhead, snapshotter, reachesRelay });
  // For the client it would be in vain: 0.6 CPU-s for 20 images of 10 MB, and no faster (measured).
  const isAhead = wayOf(true) === "daemon" &&
    await relayed.fetchAhead(missing, { signal }).catch(() => false);
  signal.throwIfAborted();
  const { config } = found.content;
  const common = { version, snapshotter, config, missing, signal };
  const run = (way: PullWay) => runRelayed(deps, reference, relayed, { way, ...common });
  const verify = (outcome: PullOutcome, way: PullWay) =>
    verifiedRelayed(deps, reference, outcome, { ...common, way, content: found.content });
  if (wayOf(isAhead) === "daemon") {
    const outcome = await byDaemon(deps, run);
    if (outcome !== undefined) {
      const isMissed = relayed.traffic.firstRequestAt === undefined && mayHaveMissedRelay(outcome);
      if (isMissed) deps.daemonWay.missedRelay();
      if (!isMissed || outcome.result !== "failed") return await verify(outcome, "daemon");
    }
  }
  return unlessMissed(relayed, await verify(await run("client"), "client"));
}

/** Asks the registry what the image is; one that says nothing for the idle timeout has stalled. */
async function lookUp(
  { idleTimeoutMs }: PullDeps,
  relayed: RelayedPull,
  { signal, known }: Pick<PullOptions, "signal" | "known">,
): Promise<LookUp | NotRelayed> {
  using deadline = new Deadline(idleTimeoutMs, "the registry to say what the image is", signal);
  try {
    return await relayed.lookUp({ signal: deadline.signal, known });
  } catch (error) {
    signal.throwIfAborted();
    if (!deadline.signal.aborted) return notRelayed(error);
    const seconds = Math.round(idleTimeoutMs / 1000);
    const detail = `The registry gave no answer for ${seconds} s, so the pull was ended`;
    return { result: "failed", failure: "stalled", detail };
  }
}

/** What a relay that throws means for its pull. */
export function notRelayed(error: unknown): NotRelayed {
  return { direct: `the relay failed: ${messageOf(error)}` };
}

/** Undefined where another pull has the place for long. It is free again while this one is verified. */
async function byDaemon(
  { daemonWay }: PullDeps,
  run: (way: PullWay) => Promise<PullOutcome>,
): Promise<PullOutcome | undefined> {
  using place = await daemonWay.take();
  return place && await run("daemon");
}

async function runRelayed(
  deps: PullDeps,
  reference: string,
  relayed: RelayedPull,
  { way, version, snapshotter, config, missing, signal }:
    & Pick<WatchedPull, "config" | "missing" | "signal">
    & {
      readonly way: PullWay;
      readonly version: CtrVersions;
      readonly snapshotter: string;
    },
): Promise<PullOutcome> {
  const { ctr, target } = deps;
  const { hostsDir } = relayed;
  const outcome = await runCtrPull(ctr, {
    args: pullArguments(reference, { ...target, hostsDir, way, version, snapshotter }),
    socket: target.address,
    signal,
    clock: deps.clock,
    watch: (until) => watchRelayed(deps, { relayed, config, missing, ...until }),
    follow: (run) => {
      const firstRequestAt = () => relayed.traffic.firstRequestAt;
      return deps.leases.follow(reference, { ...run, firstRequestAt });
    },
  });
  if (outcome.result === "failed" && outcome.failure === "bad_content") relayed.distrust();
  return relayedOutcome(outcome, relayed.traffic.failure);
}

/** What an earlier pull has left in part is not fetched again. */
async function progressOf(
  { content }: PullDeps,
  relayed: RelayedPull,
  { missing, namespace, progress }: Pick<PullOptions, "progress"> & {
    readonly missing: readonly Blob[];
    readonly namespace: string;
  },
): Promise<Disposable | undefined> {
  if (progress === undefined) return undefined;
  const stored = await content.stored(missing, namespace);
  return reportProgress(relayed, totalBytes(missing) - (stored?.bytes ?? 0), progress);
}

/** Verifies a pull that ctr calls a success: by containerd's word, or by its blobs once that suffices. */
async function verifiedRelayed(
  { checks, content: store, provenWays, target: { namespace } }: PullDeps,
  reference: string,
  outcome: PullOutcome,
  { content, missing, signal, ...claimed }: ClaimedPull & {
    readonly content: ImageContent;
    readonly missing: readonly Blob[];
    readonly signal: AbortSignal;
  },
): Promise<PullOutcome> {
  if (outcome.result !== "pulled") return outcome;
  const blobs = [content.manifest, ...blobsOf(content)];
  // One that lacked nothing may never have been unpacked, and says nothing of how others fared.
  const isProven = missing.length > 0 && provenWays.has(claimed);
  if (isProven && (await store.stored(blobs, namespace))?.isWhole) {
    return { result: "pulled", bytes: totalBytes(blobs), digest: content.digest };
  }
  const known = await verified(checks, reference, outcome, { signal });
  if (known.result === "pulled" && missing.length > 0) provenWays.add(claimed);
  return known;
}

async function missingBlobs(content: ContentStore, image: ImageContent): Promise<Blob[]> {
  const blobs = blobsOf(image);
  const present = await Promise.all(blobs.map(({ digest }) => content.has(digest)));
  return blobs.filter((_, index) => !present[index]);
}
