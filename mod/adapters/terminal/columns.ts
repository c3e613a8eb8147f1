import type { ColumnKind } from "../../pure/text_table.ts";

/** How wide a table may be, and what may be done to make it so. */
export interface Fitting {
  /** In characters; absent: no limit. */
  readonly columns?: number | undefined;
  /** Never break a word, at the price of a wider table: for output that is searched. */
  readonly wholeWords?: boolean | undefined;
}

/** Characters between columns. */
export const GAP = 2;

/** No column becomes narrower than its kind may, in characters, unless all it says is shorter. */
const LEAST: Readonly<Record<ColumnKind, number>> = {
  name: 16,
  prose: 16,
  list: 8,
  whole: Infinity,
};

/** The same for columns of no kind, and for sentences whose words stay whole. */
const [LEAST_OF_ANY, LEAST_OF_WORDS] = [8, 24];

/**
 * The widths of the longest lines; the widest column is narrowed until all columns fit, or cannot be
 * narrowed further.
 */
export function fittingWidths(
  rows: readonly (readonly string[])[],
  kinds: readonly ColumnKind[] | undefined,
  { columns = Infinity, wholeWords = false }: Fitting,
): number[] {
  const widths = longestOf(rows, "\n");
  const least = wholeWords
    ? longestOf(rows, /\s/).map((longest, column) => leastOfWords(longest, kinds?.[column]))
    : widths.map((_, column) => leastOf(kinds?.[column]));
  const room = columns - GAP * (widths.length - 1);
  for (;;) {
    const total = widths.reduce((sum, width) => sum + width, 0);
    const spare = widths.map((width, column) => width > (least[column] ?? 0) ? width : 0);
    const widest = Math.max(...spare);
    if (total <= room || widest <= 0) return widths;
    const at = spare.indexOf(widest);
    const give = Math.min(total - room, widest - (least[at] ?? 0), Math.max(1, widest >> 3));
    widths[at] = widest - give;
  }
}

function leastOf(kind: ColumnKind | undefined): number {
  return kind === undefined ? LEAST_OF_ANY : LEAST[kind];
}

/** Output that is searched has a line for each thing, and breaks sentences alone. */
function leastOfWords(longest: number, kind: ColumnKind | undefined): number {
  if (kind === undefined) return longest;
  return kind === "prose" ? Math.max(longest, LEAST_OF_WORDS) : Infinity;
}

/** Breaks lines between words, and within those that are longer than a line. */
export function wrapText(text: string, width: number): string[] {
  return text.split("\n").flatMap((line) => {
    const lines: string[] = [];
    for (const word of line.split(" ")) {
      const last = lines.at(-1);
      if (last !== undefined && last.length + 1 + word.length <= width) {
        lines[lines.length - 1] = `${last} ${word}`;
      } else lines.push(...pieces(word, width));
    }
    return lines;
  });
}

function pieces(word: string, width: number): string[] {
  const all = [word.slice(0, width)];
  for (let from = width; from < word.length; from += width) {
    all.push(word.slice(from, from + width));
  }
  return all;
}

/** The longest piece of each column, where cells are cut at `between`. */
function longestOf(rows: readonly (readonly string[])[], between: string | RegExp): number[] {
  const longest = (rows[0] ?? []).map(() => 0);
  for (const row of rows) {
    row.forEach((cell, column) => {
      for (const piece of cell.split(between)) {
        longest[column] = Math.max(longest[column] ?? 0, piece.length);
      }
    });
  }
  return longest;
}
