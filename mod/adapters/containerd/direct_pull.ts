import type { PullOptions } from "../../ports/image_runtime.ts";
import { pullArguments } from "../../pure/pulls/ctr_arguments.ts";
import type { PullOutcome } from "../../pure/pulls/pull_outcome.ts";
import { runCtrPull } from "./ctr_pull.ts";
import { watchDirect } from "./direct_watch.ts";
import { verified } from "./image_check.ts";
import type { PullDeps } from "./pull_deps.ts";

/**
 * Pulls without the relay: ctr asks the registry by itself, as the node's hosts.toml files say.
 * Nothing is known of sizes, so it goes by the client: the daemon shares places with kubelet.
 */
export async function pullDirectly(
  deps: PullDeps,
  reference: string,
  { signal }: PullOptions,
): Promise<PullOutcome> {
  const { ctr, checks, target, hostsDir } = deps;
  const version = await deps.versions({ signal });
  const snapshotter = await deps.snapshotter.find({ signal });
  using _fetching = deps.downloads.fetchingUnknown();
  const outcome = await runCtrPull(ctr, {
    args: pullArguments(reference, { ...target, hostsDir, way: "client", version, snapshotter }),
    socket: target.address,
    signal,
    clock: deps.clock,
    watch: (until) => watchDirect(deps, until),
    follow: (run) => deps.leases.follow(reference, { ...run, firstRequestAt: () => undefined }),
  });
  return await verified(checks, reference, outcome, { signal });
}
