import type { FleetView } from "../flow/fleet_view.ts";
import type { Clock } from "../ports/clock.ts";
import { type StatusAsked, statusView } from "../pure/fleet/status_view.ts";
import { momentOf } from "../pure/moment.ts";
import { faultOf } from "./bucket_fault.ts";

/** What a view says now, of all or of what `names` mean. */
export function statusOf(
  view: FleetView,
  { names, clock }: { readonly names: readonly string[]; readonly clock: Clock },
): StatusAsked {
  const { fleet, wanted, meta, laterVersion, unreadable } = view;
  const now = momentOf(clock);
  return statusView({ fleet, wanted, meta, laterVersion, unreadable, now }, names);
}

/** Why there is nothing to show; undefined: there is something. Of a later version it is what can be read. */
export function nothingToShow(view: FleetView): string | undefined {
  const isReadable = view.laterVersion !== undefined || view.fleet.images.size > 0;
  return isReadable ? undefined : faultOf(view);
}
