import { visibleText } from "../visible_text.ts";

/** How a paragraph is laid out. */
export interface Layout {
  /** Width of the terminal in characters. */
  readonly columns: number;
  /** What stands before the first line, and, as blanks, before all others. */
  readonly first?: string;
}

/**
 * Lines of a text that is broken between words; a word that is longer than a line is broken itself.
 * Nothing of it reaches a terminal as a command.
 */
export function paragraph(text: string, { columns, first = "" }: Layout): string[] {
  const start = visibleText(first);
  const width = Math.max(LEAST, columns - start.length);
  const lines: string[] = [];
  let line = "";
  for (const word of visibleText(text).split(" ")) {
    let rest = word;
    if (line !== "" && line.length + 1 + rest.length > width) {
      lines.push(line);
      line = "";
    }
    while (rest.length > width) {
      lines.push(rest.slice(0, width));
      rest = rest.slice(width);
    }
    line = line === "" ? rest : `${line} ${rest}`;
  }
  lines.push(line);
  return lines.map((each, at) => (at === 0 ? start : " ".repeat(start.length)) + each);
}

/** A column never becomes narrower than this, in characters. */
const LEAST = 20;
