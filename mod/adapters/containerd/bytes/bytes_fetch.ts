import type { NotRelayed, RelayedPull } from "../../../ports/pull_relay.ts";
import { type Blob, blobsOf, type ImageContent } from "../../../pure/images/image_content.ts";
import { BYTES_NAMESPACE, fetchArguments } from "../../../pure/pulls/bytes_arguments.ts";
import type { PullOutcome } from "../../../pure/pulls/pull_outcome.ts";
import { relayedOutcome } from "../../../pure/pulls/relayed_outcome.ts";
import { runCtrPull } from "../ctr_pull.ts";
import { bytesPresenceOf, verified } from "../image_check.ts";
import { unlessMissed } from "../missed_relay.ts";
import type { PullDeps } from "../pull_deps.ts";
import { watchFetch } from "./fetch_watch.ts";

/**
 * Fetches the bytes of an image through the relay into the namespace where only bytes are kept, and
 * verifies that they are whole. Blobs that containerd has for another namespace are shared with that,
 * and not fetched, unless its `content_sharing_policy` says "isolated".
 */
export async function fetchBytes(
  deps: PullDeps,
  reference: string,
  relayed: RelayedPull,
  { content, missing, signal }: {
    readonly content: ImageContent;
    readonly missing: readonly Blob[];
    readonly signal: AbortSignal;
  },
): Promise<PullOutcome | NotRelayed> {
  const { bytes: place, ctr, clock } = deps;
  if (place === undefined) return NO_PLACE;
  const { target, checks } = place;
  const version = await deps.versions({ signal });
  const { platform } = content;
  const ended = await runCtrPull(ctr, {
    args: fetchArguments(reference, { ...target, version, platform, hostsDir: relayed.hostsDir }),
    socket: target.address,
    signal,
    clock,
    watch: (until) =>
      watchFetch(deps, place, { relayed, blobs: blobsOf(content), missing, ...until }),
    follow: (run) => {
      const firstRequestAt = () => relayed.traffic.firstRequestAt;
      return place.leases.follow(reference, { ...run, firstRequestAt });
    },
  });
  if (ended.result === "failed" && ended.failure === "bad_content") relayed.distrust();
  const outcome = relayedOutcome(ended, relayed.traffic.failure);
  return unlessMissed(
    relayed,
    await verified(checks, reference, outcome, { signal }, bytesPresenceOf),
  );
}

/** Images that pods may use, and those that nobody may see, would lie in one namespace. */
const NO_PLACE: PullOutcome = {
  result: "failed",
  failure: "denied",
  detail: `only its bytes may be kept, which is not possible with --containerd-namespace ` +
    `${BYTES_NAMESPACE}, as that is where they would be kept`,
};
