import { wrapText } from "./columns.ts";
import type { TextTable } from "../../pure/text_table.ts";
import { drawTable, type TableOptions } from "./table.ts";

/** Draws lines of text and tables, one under the other, with a blank line before and after a table. */
export function drawText(parts: readonly (string | TextTable)[], options: TableOptions): string {
  let drawn = "";
  let wasTable = false;
  for (const part of parts) {
    const isTable = typeof part !== "string";
    const between = drawn === "" ? "" : isTable || wasTable ? "\n\n" : "\n";
    drawn += between + (isTable ? drawTable(part, options) : wrapped(part, options));
    wasTable = isTable;
  }
  return drawn;
}

function wrapped(text: string, { columns = Infinity, wholeWords = false }: TableOptions): string {
  const longest = Math.max(...text.split(/\s/).map((word) => word.length));
  return wrapText(text, wholeWords ? Math.max(columns, longest) : columns).join("\n");
}
