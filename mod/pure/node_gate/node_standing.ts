import type { FleetNode } from "../fleet/fleet_node.ts";
import { isLoginMissing } from "../private_images/login_wait.ts";
import type { ReportCells } from "../fleet/report_cells.ts";
import type { StandingOfImage } from "./due_standing.ts";

/**
 * How images stand on a node, by the report of this very node, by reference; undefined: there is none.
 * A node that was made anew under its name has another uid: what the one before it had is gone.
 */
export function nodeStanding(
  node: FleetNode | undefined,
  uid: string,
): ReadonlyMap<string, StandingOfImage> | undefined {
  if (uid === "" || node?.report?.nodeUid !== uid) return undefined;
  const standing = new Map<string, StandingOfImage>();
  // One walk: `node.cell()` looks through the whole report for each image.
  for (const { cells, at } of node.places()) {
    const image = cells.images[at];
    if (image === undefined) continue;
    standing.set(image.reference, standingAt(node, cells, at));
  }
  return standing;
}

/** How the image at a place of a node's report stands. */
export function standingAt(node: FleetNode, cells: ReportCells, at: number): StandingOfImage {
  const [state, reason] = [cells.state(at), cells.reason(at)];
  const lacksLogin = reason !== undefined && isLoginMissing(node, cells.cell(at));
  return { state, reason, ...lacksLogin && { lacksLogin } };
}
