import Table from "cli-table3";
import type { PlanRow } from "../pure/wants/plan.ts";
import { planTable } from "../pure/wants/plan_table.ts";

/** How to draw the table. */
export interface PlanOutputOptions {
  /** Width of the terminal in characters; absent: no limit. */
  readonly columns?: number | undefined;
}

/**
 * Draws a plan as a table that fits the terminal; long cells are wrapped between words. Lines have no trailing
 * white space, and the last one has no line break.
 */
export function drawPlan(rows: readonly PlanRow[], options: PlanOutputOptions = {}): string {
  const { heads, cells } = planTable(rows);
  const widths = fittingWidths([heads, ...cells], options.columns);
  const table = new Table({
    head: [...heads],
    chars: NO_LINES,
    style: { head: [], border: [], "padding-left": 0, "padding-right": GAP },
    colWidths: widths.map((width) => width + GAP),
    wordWrap: true,
    wrapOnWordBoundary: false,
  });
  table.push(...cells.map((row) => row.map((cell, column) => wrapped(cell, widths[column] ?? 0))));
  return table.toString().split("\n").map((line) => line.trimEnd()).join("\n");
}

/** Characters between columns. */
const GAP = 2;

/** A column never becomes narrower than this, in characters. */
const MIN_WIDTH = 8;

/** The widths of the longest lines; the widest column is narrowed until all columns fit. */
function fittingWidths(rows: readonly (readonly string[])[], columns = Infinity): number[] {
  const widths = (rows[0] ?? []).map((_, column) =>
    rows.reduce((longest, row) => Math.max(longest, longestLine(row[column] ?? "")), 0)
  );
  const room = columns - GAP * widths.length;
  for (;;) {
    const total = widths.reduce((sum, width) => sum + width, 0);
    const widest = Math.max(...widths);
    if (total <= room || widest <= MIN_WIDTH) return widths;
    const give = Math.min(total - room, widest - MIN_WIDTH, Math.max(1, widest >> 3));
    widths[widths.indexOf(widest)] = widest - give;
  }
}

/** Breaks lines between words; a word that is longer than the line is left to the table. */
function wrapped(cell: string, width: number): string {
  return cell.split("\n").map((line) => {
    let used = 0;
    return line.split(" ").map((word) => {
      const fits = used === 0 || used + 1 + word.length <= width;
      const start = used === 0 ? "" : fits ? " " : "\n";
      // What the table breaks goes on in its last line.
      const length = word.length % width || Math.min(word.length, width);
      used = start === " " ? used + 1 + word.length : length;
      return `${start}${word}`;
    }).join("");
  }).join("\n");
}

function longestLine(cell: string): number {
  return cell.split("\n").reduce((longest, line) => Math.max(longest, line.length), 0);
}

const NO_LINES = {
  "top": "",
  "top-mid": "",
  "top-left": "",
  "top-right": "",
  "bottom": "",
  "bottom-mid": "",
  "bottom-left": "",
  "bottom-right": "",
  "left": "",
  "left-mid": "",
  "mid": "",
  "mid-mid": "",
  "right": "",
  "right-mid": "",
  "middle": "",
};
