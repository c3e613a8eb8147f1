import { bytesText } from "../room/bytes_text.ts";
import { LOWEST_PRIORITY } from "./asked.ts";
import { HIGH_PRIORITY, LOW_PRIORITY } from "./effective_marks.ts";
import type { NodesLeftOut, PlanRow } from "./plan.ts";
import { reasonText } from "./reason_text.ts";

/** The table of `controller plan`, one row per image. */
export interface PlanTable {
  readonly heads: readonly string[];
  readonly cells: readonly (readonly string[])[];
}

/** Puts a plan into words. Long lists are cut, with a count of the rest. */
export function planTable(rows: readonly PlanRow[]): PlanTable {
  const anySize = rows.some(({ sizeBytes }) => sizeBytes !== undefined);
  const heads = ["image", "nodes", ...anySize ? ["size"] : [], "priority", "wanted by"];
  const cells = rows.map(({ image, nodes, priority, reasons, sizeBytes }) => [
    image,
    nodesText(nodes),
    ...anySize ? [sizeBytes === undefined ? "" : bytesText(sizeBytes)] : [],
    priorityText(priority),
    shortened(reasons.map(reasonText), "\n"),
  ]);
  // Where an image is wanted everywhere there is nothing to explain.
  if (rows.every(({ notOn }) => notOn.length === 0)) return { heads, cells };
  const notOn = rows.map((row) => notOnText(row.notOn));
  return {
    heads: [...heads, "not on"],
    cells: cells.map((row, index) => [...row, notOn[index] ?? ""]),
  };
}

/** Most items that a cell names. */
const SHOWN = 2;

function shortened(texts: readonly string[], between: string): string {
  const shown = texts.slice(0, SHOWN).join(between);
  return texts.length > SHOWN ? `${shown}${between}+${texts.length - SHOWN} more` : shown;
}

function nodesText(nodes: PlanRow["nodes"]): string {
  if (typeof nodes === "string") return nodes;
  return nodes.length === 0 ? "none" : shortened(nodes, ", ");
}

function notOnText(notOn: readonly NodesLeftOut[]): string {
  const more = notOn.slice(SHOWN).reduce((sum, { count }) => sum + count, 0);
  const rest = more === 0 ? [] : [`+${more} ${more === 1 ? "node" : "nodes"} for other reasons`];
  return [...notOn.slice(0, SHOWN).map(leftOutText), ...rest].join("\n");
}

function leftOutText({ why, count, nodes }: NodesLeftOut): string {
  return `${count > SHOWN ? `${count} nodes` : nodes.join(", ")}: ${why}`;
}

/** A priority by its name, where it has one. */
export function priorityText(priority: number): string {
  return PRIORITY_NAMES.get(priority) ?? String(priority);
}

const PRIORITY_NAMES: ReadonlyMap<number, string> = new Map([
  [HIGH_PRIORITY, "high"],
  [LOW_PRIORITY, "low"],
  [LOWEST_PRIORITY + 1, "lowest but one"],
  [LOWEST_PRIORITY, "lowest"],
]);
