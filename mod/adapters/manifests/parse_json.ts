import type { ParseFault } from "./parse_yaml.ts";
import type { Piece } from "./split_documents.ts";

/** The JSON values at the beginning of a text, and what comes after them. */
export interface ParsedJson {
  /** Each with the line of the file on which it begins. */
  readonly values: readonly { readonly value: unknown; readonly line: number }[];
  /** The first that is no JSON, and all after it. */
  readonly rest?: { readonly piece: Piece; readonly fault: ParseFault };
}

/** Reads JSON values one after another, with or without white space between. Never throws. */
export function parseJson({ text, line }: Piece): ParsedJson {
  const values: { value: unknown; line: number }[] = [];
  let at = 0;
  for (;;) {
    const start = skipSpace(text, at);
    line += countBreaks(text, at, start);
    if (start === text.length) return { values };
    const end = endOfValue(text, start);
    const source = text.slice(start, end);
    try {
      values.push({ value: JSON.parse(source), line });
    } catch (error) {
      const fault = faultOf(error as SyntaxError, line);
      return { values, rest: { piece: { text: text.slice(start), line }, fault } };
    }
    line += countBreaks(text, start, end);
    at = end;
  }
}

function faultOf({ message }: SyntaxError, line: number): ParseFault {
  const inside = Number(/\(line (\d+) column \d+\)/.exec(message)?.[1] ?? 1);
  return { line: line + inside - 1, why: `Cannot read the JSON: ${message}` };
}

/** Finds the bracket that closes the first one; the end of the text when none does. */
function endOfValue(text: string, start: number): number {
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    const char = text[at];
    if (char === '"') at = endOfString(text, at);
    else if (char === "{" || char === "[") depth++;
    else if (char === "}" || char === "]") depth--;
    if (depth <= 0) return at + 1;
  }
  return text.length;
}

/** The closing quote of the string that begins at `start`. */
function endOfString(text: string, start: number): number {
  let end = start;
  do end = text.indexOf('"', end + 1); while (end >= 0 && isEscaped(text, end));
  return end < 0 ? text.length : end;
}

function isEscaped(text: string, at: number): boolean {
  let from = at;
  while (text[from - 1] === "\\") from--;
  return (at - from) % 2 === 1;
}

function skipSpace(text: string, from: number): number {
  const space = /[\s\uFEFF]*/y;
  space.lastIndex = from;
  space.exec(text);
  return space.lastIndex;
}

function countBreaks(text: string, from: number, to: number): number {
  return text.slice(from, to).split("\n").length - 1;
}
