/** A table for people, before it is fitted to a width. */
export interface TextTable {
  readonly heads: readonly string[];
  /** By row; cells may have several lines. The first of a row names it. */
  readonly cells: readonly (readonly TextCell[])[];
}

/** A cell, where there are colours in one of them. */
export type TextCell = string | { readonly text: string; readonly tone: Tone };

/** What a text is to a person: all is well, under way, to be mended, or of little weight. */
export type Tone = "good" | "busy" | "bad" | "faint";

/** The text of a cell. */
export const textOf = (cell: TextCell): string => typeof cell === "string" ? cell : cell.text;

/** The table without the columns that say nothing in any row. */
export function withoutEmptyColumns({ heads, cells }: TextTable): TextTable {
  const isFull = heads.map((_, column) => cells.some((row) => textOf(row[column] ?? "") !== ""));
  const kept = <T>(row: readonly T[]) => row.filter((_, column) => isFull[column]);
  return cells.length === 0 ? { heads, cells } : { heads: kept(heads), cells: cells.map(kept) };
}
