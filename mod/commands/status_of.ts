import type { FleetView } from "../flow/fleet_view.ts";
import type { Clock } from "../ports/clock.ts";
import { type StatusAsked, statusView } from "../pure/fleet/status_view.ts";
import { momentOf } from "../pure/moment.ts";

/** What a view says now, of all or of what `names` mean. */
export function statusOf(
  view: FleetView,
  { names, clock }: { readonly names: readonly string[]; readonly clock: Clock },
): StatusAsked {
  const { fleet, wanted, meta, laterVersion, unreadable } = view;
  const now = momentOf(clock);
  return statusView({ fleet, wanted, meta, laterVersion, unreadable, now }, names);
}

/** Whether no controller has written anything. */
export function isEmpty(view: FleetView): boolean {
  return view.meta === undefined && view.laterVersion === undefined && view.fleet.images.size === 0;
}

/** What is said of an empty bucket. */
export const emptyText = (bucket: string): string =>
  `Bucket "${bucket}" is empty: no controller has written it yet`;
