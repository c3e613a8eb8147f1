import type { Clock } from "../../../ports/clock.ts";
import {
  leasesRemovalArguments,
  MAX_REMOVED_AT_ONCE,
} from "../../../pure/pulls/bytes_arguments.ts";
import {
  argumentFault,
  type CtrTarget,
  leasesArguments,
} from "../../../pure/pulls/ctr_arguments.ts";
import { type ListedLease, parseLeaseRows } from "../../../pure/pulls/ctr_output.ts";
import { inBatches } from "../../../pure/in_batches.ts";
import { askCtr } from "../ask_ctr.ts";
import type { Ctr } from "../ctr_process.ts";
import type { LeaseFiles } from "../lease_files.ts";
import type { OurLeases } from "../leases.ts";

/**
 * Younger ones may belong to a fetch of another agent on this node, in ms: one that runs for longer
 * has written down its lease.
 */
const YOUNG_MS = 60_000;

/** What `removeStrayLeases()` works with. */
export interface StrayLeasesDeps {
  readonly ctr: Ctr;
  readonly target: CtrTarget;
  readonly leases: OurLeases;
  readonly files: LeaseFiles;
  readonly clock: Clock;
}

/**
 * Removes leases of the namespace of bytes that nobody goes on from: those of agents that were killed
 * before they had written them down. Nobody else makes any there. Throws `RuntimeUnavailableError`.
 */
export async function removeStrayLeases(
  { ctr, target, leases, files, clock }: StrayLeasesDeps,
  { signal }: { readonly signal: AbortSignal },
): Promise<void> {
  const listed = await listLeases(ctr, target, { signal });
  // Which of them a running fetch has is not always told.
  if (listed.length === 0 || leases.isFollowing) return;
  const left = await leases.ids();
  const strays: string[] = [];
  for (const { id, createdAt } of listed) {
    if (clock.wallMs() - createdAt < YOUNG_MS || left.has(id)) continue;
    if (!await files.has(id)) strays.push(id);
  }
  for (const some of inBatches(strays, MAX_REMOVED_AT_ONCE)) {
    await askCtr(ctr, target, leasesRemovalArguments(some, target), { signal });
  }
}

/** All leases of a namespace that ctr can be told of, whoever made them. Throws `RuntimeUnavailableError`. */
export async function listLeases(
  ctr: Ctr,
  target: CtrTarget,
  options: { readonly signal: AbortSignal },
): Promise<ListedLease[]> {
  const rows = parseLeaseRows(await askCtr(ctr, target, leasesArguments(target), options));
  return rows.filter(({ id }) => argumentFault(id) === undefined);
}
