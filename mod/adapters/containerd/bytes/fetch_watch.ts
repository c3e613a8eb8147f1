import type { RelayTraffic } from "../../../ports/pull_relay.ts";
import { type Blob, totalBytes } from "../../../pure/images/image_content.ts";
import { pullCeilingMs } from "../../../pure/pulls/pull_ceiling.ts";
import { watchCeiling } from "../ceiling_watch.ts";
import type { BytesPlace, PullDeps } from "../pull_deps.ts";
import { PATIENCE_WHILE_UNPACKING, type StallVerdict } from "../stall_watch.ts";
import { watchTransfer } from "../transfer_watch.ts";

/** A fetch that is being watched. */
export interface WatchedFetch {
  readonly relayed: { readonly traffic: RelayTraffic };
  /** All of the image: a containerd that shares nothing between namespaces asks for all of it. */
  readonly blobs: readonly Blob[];
  /** Those that containerd lacked before, in any namespace. */
  readonly missing: readonly Blob[];
  readonly signal: AbortSignal;
}

/**
 * Resolves when a fetch of bytes should be ended, to undefined when `signal` aborts, as it does once
 * the fetch is over: its bytes stand still, containerd hangs, or it lasts too long.
 */
export async function watchFetch(
  { downloads, content, idleTimeoutMs }: Pick<PullDeps, "downloads" | "content" | "idleTimeoutMs">,
  { queries, target }: Pick<BytesPlace, "queries" | "target">,
  { relayed, blobs, missing, signal }: WatchedFetch,
): Promise<StallVerdict | undefined> {
  const isPaused = () => downloads.isPaused;
  const probe: typeof queries.downloads = (options) => queries.downloads(options);
  const common = { relayed, probe, signal, isPaused };
  const fetched = async () => {
    const stored = () => content.stored(missing, target.namespace);
    const transfer = await watchTransfer({ ...common, missing, stored, idleTimeoutMs });
    if (transfer !== "stored") return transfer;
    // Then blobs are written down to the disk, or all of them are asked for as nothing is shared.
    const verdict = await watchTransfer({
      ...common,
      missing: NEVER_ALL,
      stored: () => Promise.resolve(undefined),
      idleTimeoutMs: idleTimeoutMs * PATIENCE_WHILE_UNPACKING,
    });
    return verdict === "stored" ? undefined : verdict;
  };
  const ceilingMs = pullCeilingMs(totalBytes(blobs));
  return await Promise.race([
    fetched(),
    watchCeiling({ ceilingMs: () => ceilingMs, isPaused, signal }),
  ]);
}

/** No end is to be seen from outside but that of ctr. */
const NEVER_ALL: readonly Blob[] = [{ digest: "", bytes: Infinity, mediaType: "" }];
