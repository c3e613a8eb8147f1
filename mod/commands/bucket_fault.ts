import type { FleetView } from "../flow/fleet_view.ts";

/** Why what was read of the bucket does not do to answer by; undefined: it does. */
export function faultOf({ meta, laterVersion, wanted, fleet }: FleetView): string | undefined {
  if (laterVersion !== undefined) {
    return `The bucket is of version ${laterVersion}, which this program does not know: use the ` +
      "program of the release that writes it";
  }
  if (meta !== undefined) return undefined;
  return wanted.size + fleet.nodes.size === 0
    ? "The bucket is empty: no controller has written it yet"
    : "The bucket does not say who writes it, or not in a form that this program reads";
}
