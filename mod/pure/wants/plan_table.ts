import type { PlanRow } from "./plan.ts";
import type { WantReason } from "./asked.ts";

/** Heads of the columns of `controller plan`. */
export const PLAN_HEADS = ["image", "nodes", "priority", "wanted by"] as const;

/** The cells of a plan's table, one row per image; long lists are cut with a count of the rest. */
export function planTable(rows: readonly PlanRow[]): string[][] {
  return rows.map(({ image, nodes, priority, reasons }) => [
    image,
    nodes === "all" ? "all" : nodes.length === 0 ? "none" : shortened(nodes, ", "),
    String(priority),
    shortened(reasons.map(reasonText), "\n"),
  ]);
}

/** Most items that a cell names. */
const SHOWN = 2;

function shortened(texts: readonly string[], between: string): string {
  const shown = texts.slice(0, SHOWN).join(between);
  return texts.length > SHOWN ? `${shown}${between}+${texts.length - SHOWN} more` : shown;
}

function reasonText({ kind, namespace, name }: WantReason): string {
  return namespace === "" ? `${kind} ${name}` : `${kind} ${namespace}/${name}`;
}
