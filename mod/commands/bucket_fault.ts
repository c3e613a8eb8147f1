import type { FleetView } from "../flow/fleet_view.ts";
import type { Logger } from "../ports/logger.ts";

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

/** Warns of single values that cannot be read: what they say is missing in the answer. */
export function warnOfUnreadable({ unreadable }: FleetView, logger: Logger): void {
  for (const [key, fault] of [...unreadable].slice(0, WARNINGS)) {
    logger.warn("Skipped an unreadable value in the bucket", { key, fault });
  }
  const more = unreadable.size - WARNINGS;
  if (more > 0) logger.warn("Skipped further unreadable values in the bucket", { more });
}

const WARNINGS = 3;
