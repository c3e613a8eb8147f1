import type { RelayTraffic } from "../../ports/pull_relay.ts";
import { type Blob, totalBytes } from "../../pure/images/image_content.ts";
import { layerChain } from "./layer_chain.ts";
import { pullCeilingMs } from "../../pure/pulls/pull_ceiling.ts";
import { watchCeiling } from "./ceiling_watch.ts";
import type { PullDeps } from "./pull_deps.ts";
import type { StallVerdict } from "./stall_watch.ts";
import { watchTransfer } from "./transfer_watch.ts";
import { watchUnpacking } from "./unpack_watch.ts";

/** A relayed pull that is being watched. */
export interface WatchedPull {
  readonly relayed: { readonly traffic: RelayTraffic };
  readonly config: Blob;
  /** What the runtime lacked before the pull. */
  readonly missing: readonly Blob[];
  readonly signal: AbortSignal;
}

/**
 * Resolves when a relayed pull should be ended, to undefined when `signal` aborts, as it does once the
 * pull is over: its bytes stand still, its layers are not unpacked, containerd hangs, or it lasts too
 * long.
 */
export async function watchRelayed(
  deps: PullDeps,
  pull: WatchedPull,
): Promise<StallVerdict | undefined> {
  const { signal } = pull;
  const ceilingMs = pullCeilingMs(totalBytes(pull.missing));
  const isPaused = () => deps.downloads.isPaused;
  return await Promise.race([
    watchPhases(deps, pull, isPaused),
    watchCeiling({ ceilingMs: () => ceilingMs, isPaused, signal }),
  ]);
}

async function watchPhases(
  { queries, content, target, idleTimeoutMs }: PullDeps,
  { relayed, config, missing, signal }: WatchedPull,
  isPaused: () => boolean,
): Promise<StallVerdict | undefined> {
  const transfer = await watchTransfer({
    relayed,
    missing,
    stored: () => content.stored(missing, target.namespace),
    probe: (options) => queries.downloads(options),
    idleTimeoutMs,
    signal,
    isPaused,
  });
  if (transfer !== "stored") return transfer;
  return await watchUnpacking({
    unpacking: (options) => queries.unpacking(options),
    async layers() {
      const text = await content.read(config.digest);
      return text === undefined ? undefined : await layerChain(text);
    },
    idleTimeoutMs,
    signal,
  });
}
