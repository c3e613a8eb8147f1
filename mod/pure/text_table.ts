/**
 * What a column holds, which decides how narrow it may become: names, that are broken on a terminal
 * alone; sentences; short lists of words; or what stays whole.
 */
export type ColumnKind = "name" | "prose" | "list" | "whole";

/** A table for people, before it is fitted to a width. */
export interface TextTable {
  readonly heads: readonly string[];
  /** By column; absent: any may become narrow. */
  readonly kinds?: readonly ColumnKind[];
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
export function withoutEmptyColumns({ heads, kinds, cells }: TextTable): TextTable {
  const isFull = heads.map((_, column) => cells.some((row) => textOf(row[column] ?? "") !== ""));
  const kept = <T>(row: readonly T[]) => row.filter((_, column) => isFull[column]);
  if (cells.length === 0) return { heads, cells };
  return { heads: kept(heads), cells: cells.map(kept), ...(kinds && { kinds: kept(kinds) }) };
}
