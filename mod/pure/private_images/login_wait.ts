import type { FleetNode } from "../fleet/fleet_node.ts";
import type { Cell } from "../fleet/report_cells.ts";

/** How the reason of an image begins that waits for logins of Secrets, in reports. */
export const AWAITS_LOGIN = "waits for the login";

/** A login that can be given comes within seconds, unless the node has others to use first; in ms. */
const COMES_MS = 60_000;

/**
 * Whether a login that an image awaits on a node does not come: its Secret is not listed, is missing,
 * or may not be read. Only the controller knows which, but it shows: long after the first try, by the
 * node's own clock, none has come, and nothing is pulled there, for which others were given first.
 */
export function isLoginMissing(
  node: Pick<FleetNode, "beat" | "report" | "counts">,
  { state, reason, sinceMs }: Pick<Cell, "state" | "reason" | "sinceMs">,
): boolean {
  if (state !== "waiting" || !reason?.startsWith(AWAITS_LOGIN)) return false;
  const { beat, report, counts } = node;
  if (Math.max(beat?.images.pulling ?? 0, counts.get("pulling")) > 0) return false;
  const times = [beat?.at, report?.at].map((at) => Date.parse(at ?? ""));
  const saidMs = Math.max(...times.filter((ms) => !Number.isNaN(ms)));
  return saidMs - sinceMs > COMES_MS;
}

/** What to look at then, in words. */
export const LOGIN_MISSING =
  "it has not come: --pull-secrets (privateImages.namespaces) must list the secret; where it does, " +
  "the controller's log says why";
