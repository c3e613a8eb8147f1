import { directCeilingMs } from "../../pure/pulls/pull_ceiling.ts";
import { watchCeiling } from "./ceiling_watch.ts";
import type { ContentStore } from "./content_store.ts";
import type { PullDeps } from "./pull_deps.ts";
import { type StallVerdict, watchForStall } from "./stall_watch.ts";

/**
 * Resolves when a pull that goes without the relay should be ended, to undefined when `signal` aborts,
 * as it does once the pull is over: nothing moves, containerd hangs, or it lasts too long for what has
 * arrived.
 */
export async function watchDirect(
  { queries, content, idleTimeoutMs }: Pick<PullDeps, "queries" | "content" | "idleTimeoutMs">,
  { signal }: { readonly signal: AbortSignal },
): Promise<StallVerdict | undefined> {
  const arrived = countArrivals(content);
  return await Promise.race([
    watchForStall(queries, { idleTimeoutMs, signal }),
    watchCeiling({
      ceilingMs: async () => directCeilingMs(await arrived()),
      isPaused: () => false, // ctr asks the registry by itself, and nobody holds it up
      signal,
    }),
  ]);
}

/**
 * Counts the bytes that have come into containerd's store from the first call on, as far as calls see
 * them come; undefined while the store cannot be read. They may be another pull's as well, as
 * containerd does not say whose they are: then a slow one lasts longer.
 */
export function countArrivals(
  content: Pick<ContentStore, "downloads">,
): () => Promise<number | undefined> {
  let before: ReadonlyMap<string, number> | undefined;
  let arrived = 0;
  return async () => {
    const downloads = await content.downloads();
    if (downloads === undefined) return undefined;
    for (const { id, bytes } of before === undefined ? [] : downloads) {
      arrived += Math.max(0, bytes - (before?.get(id) ?? 0));
    }
    before = new Map(downloads.map(({ id, bytes }) => [id, bytes]));
    return arrived;
  };
}
