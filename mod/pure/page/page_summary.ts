import { type BenefitView, benefitView, decodeBenefit } from "../benefit/benefit_value.ts";
import { BENEFIT_KEY } from "../bucket/state_keys.ts";
import type { Fleet } from "../fleet/fleet.ts";
import { fleetSummary } from "../fleet/fleet_summary.ts";
import type { NodeRow } from "../fleet/node_rows.ts";
import type { Readiness } from "../readiness.ts";
import { withoutUnset } from "../without_unset.ts";
import type { PageSummary, Trouble } from "./page_view.ts";

/** Namespaces that are shown; it is sent with each change. */
const NAMESPACES = 10;

/** Sums up the fleet and the controller that shows it. */
export function pageSummary(
  fleet: Fleet,
  rows: readonly NodeRow[],
  { synced, readiness, held }: {
    readonly synced: boolean;
    readonly readiness: Readiness;
    readonly held: ReadonlyMap<string, string>;
  },
): PageSummary {
  const benefit = benefitOf(held.get(BENEFIT_KEY));
  return withoutUnset({
    ...fleetSummary(fleet, rows),
    synced,
    troubles: troublesOf(readiness),
    savedSeconds: benefit ? Math.round(benefit.total.savedSeconds) : savedSeconds(fleet),
    benefit,
  });
}

function benefitOf(text: string | undefined): BenefitView | undefined {
  if (text === undefined) return undefined;
  const decoded = decodeBenefit(text);
  if ("fault" in decoded) return undefined;
  const view = benefitView(decoded.value);
  return { ...view, byNamespace: view.byNamespace.slice(0, NAMESPACES) };
}

function troublesOf({ conditions, notes = {} }: Readiness): Trouble[] {
  const unmet = Object.entries(conditions).filter(([, { holds }]) => !holds);
  return [
    ...unmet.map(([name, { reason = "not ready" }]) => ({ name, reason, isNote: false })),
    ...Object.entries(notes).map(([name, reason]) => ({ name, reason, isNote: true })),
  ];
}

function savedSeconds({ nodes }: Fleet): number | undefined {
  let sum: number | undefined;
  for (const { beat } of nodes.values()) {
    const seconds = beat?.uses?.savedSeconds;
    if (seconds !== undefined) sum = (sum ?? 0) + seconds;
  }
  return sum === undefined ? undefined : Math.round(sum);
}
