import Table from "cli-table3";
import { textOf, type TextTable, type Tone } from "../../pure/text_table.ts";
import { type Fitting, fittingWidths, GAP, wrapText } from "./columns.ts";

/** How to draw a table. */
export interface TableOptions extends Fitting {
  /** Whether tones are shown as colours. */
  readonly colors?: boolean | undefined;
}

/**
 * Draws a table that fits the width: long cells are wrapped between words, and where not even that
 * makes it fit, each row is a block of lines under its first cell. Lines have no trailing white
 * space, and the last one has no line break.
 */
export function drawTable(table: TextTable, options: TableOptions = {}): string {
  const rows = table.cells.map((row) => row.map(textOf));
  const widths = fittingWidths([table.heads, ...rows], table.kinds, options);
  const total = widths.reduce((sum, width) => sum + width + GAP, -GAP);
  const { columns = Infinity, wholeWords } = options;
  return total > columns && !wholeWords && table.heads.length > 1
    ? drawBlocks(table, { ...options, columns })
    : drawColumns(table, widths, options);
}

/** cli-table3 compares each row with all above it: 5,000 at a time would take minutes. */
const ROWS_AT_A_TIME = 64;

function drawColumns(
  { heads, cells }: TextTable,
  widths: readonly number[],
  { colors = false }: TableOptions,
): string {
  const fitted = (text: string, column: number, tone?: Tone) =>
    wrapText(text, widths[column] ?? 1).map((line) => painted(line, tone, colors)).join("\n");
  const all = [heads, ...cells].map((row) =>
    row.map((cell, column) =>
      fitted(textOf(cell), column, typeof cell === "string" ? undefined : cell.tone)
    )
  );
  const lines: string[] = [];
  for (let from = 0; from < all.length; from += ROWS_AT_A_TIME) {
    const table = new Table({
      chars: NO_LINES,
      style: { head: [], border: [], "padding-left": 0, "padding-right": GAP },
      colWidths: widths.map((width) => Math.max(1, width) + GAP),
    });
    table.push(...all.slice(from, from + ROWS_AT_A_TIME));
    lines.push(...table.toString().split("\n"));
  }
  return lines.map((line) => line.trimEnd()).join("\n");
}

/** One block a row: its first cell, and under it what the others say, each beside its head. */
function drawBlocks(
  { heads, cells }: TextTable,
  { columns, colors = false }: TableOptions & { readonly columns: number },
): string {
  const left = 2 + Math.max(...heads.slice(1).map((head) => head.length)) + GAP;
  const blocks = cells.map(([first = "", ...others]) => {
    const told = others.flatMap((cell, index) => {
      const text = textOf(cell);
      if (text === "") return [];
      const tone = typeof cell === "string" ? undefined : cell.tone;
      return wrapText(text, Math.max(MIN_BLOCK, columns - left)).map((line, at) => {
        const head = at === 0 ? `  ${heads[index + 1] ?? ""}` : "";
        return `${head.padEnd(left)}${painted(line, tone, colors)}`;
      });
    });
    return [...wrapText(textOf(first), columns), ...told].join("\n");
  });
  return blocks.join("\n");
}

const MIN_BLOCK = 8;

/** SGR codes: https://en.wikipedia.org/wiki/ANSI_escape_code#Select_Graphic_Rendition_parameters */
const SGR: Readonly<Record<Tone, number>> = { good: 32, busy: 33, bad: 31, faint: 2 };

/** A text in the colour of its tone, where there are colours. */
export function painted(text: string, tone: Tone | undefined, colors: boolean): string {
  return tone === undefined || !colors || text === "" ? text : `\x1b[${SGR[tone]}m${text}\x1b[0m`;
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
