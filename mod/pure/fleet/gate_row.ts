import { dueStanding, type StandingOfImage } from "../node_gate/due_standing.ts";
import { nodeStanding } from "../node_gate/node_standing.ts";
import { withoutUnset } from "../without_unset.ts";
import type { FleetNode } from "./fleet_node.ts";
import type { Cell } from "./report_cells.ts";

/** What keeps pods from a node until its images are there, as far as its agent reports. */
export interface GateRow {
  /** ISO time at which it takes pods whatever is missing. */
  readonly until: string;
  /** How many images it is to have by then. */
  readonly due: number;
  /** How much of them is enough, above 0 and below 1; absent: all that can come. */
  readonly share?: number;
  /** How many of them are warm; absent where its whole report was not read. */
  readonly warm?: number;
  /** The first that it waits for, in the order in which they are pulled. */
  readonly awaited: readonly AwaitedImage[];
  /** The first that it does not wait for, as they will not come soon, and why. */
  readonly hopeless: readonly HopelessImage[];
  /** How many of both are not named. */
  readonly unnamed?: number;
}

/** A due image that may still come. */
export interface AwaitedImage extends Pick<Cell, "state" | "reason"> {
  readonly image: string;
}

/** A due image that will not come soon. */
export interface HopelessImage {
  readonly image: string;
  readonly reason: string;
}

/** Most images that are named, of the awaited as of the hopeless. */
const NAMED = 20;

/** The gate of a node; undefined: pods may come. */
export function gateRow(node: FleetNode): GateRow | undefined {
  const gate = node.facts?.gate;
  if (gate === undefined) return undefined;
  const { until, share, due } = gate;
  const about = { until, due: due.length, share };
  if (node.report?.isPartial) return withoutUnset({ ...about, awaited: [], hopeless: [] });
  const standingOf = standingsOn(node);
  const { warm, awaited, hopeless } = dueStanding(due, standingOf);
  return withoutUnset({
    ...about,
    warm,
    awaited: awaited.slice(0, NAMED).map((image) => {
      const { state = "missing", reason } = standingOf(image) ?? {};
      return withoutUnset({ image, state, reason });
    }),
    hopeless: hopeless.slice(0, NAMED),
    unnamed: Math.max(0, awaited.length - NAMED) + Math.max(0, hopeless.length - NAMED) ||
      undefined,
  });
}

/** How images stand on a node, as the controller judges its gate. */
export function standingsOn(node: FleetNode): (image: string) => StandingOfImage | undefined {
  const standings = nodeStanding(node, node.facts?.uid ?? "");
  return (image) => standings?.get(image);
}
