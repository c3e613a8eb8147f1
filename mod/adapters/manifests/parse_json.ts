import { type ParseFault, parseYaml, type RepeatedLine } from "./parse_yaml.ts";
import type { Piece } from "./split_documents.ts";

/** A JSON value, and the line of the file on which it begins. */
export interface JsonValue {
  readonly value: unknown;
  readonly line: number;
  readonly repeated: readonly RepeatedLine[];
}

/** The JSON values at the beginning of a text, and what comes after them. */
export interface ParsedJson {
  readonly values: readonly JsonValue[];
  /** The first that is no JSON, and all after it. */
  readonly rest?: { readonly piece: Piece; readonly fault: ParseFault };
}

/** Reads JSON values one after another, with or without white space between. Never throws. */
export function parseJson({ text, line }: Piece): ParsedJson {
  const values: JsonValue[] = [];
  let at = 0;
  for (;;) {
    const start = skipSpace(text, at);
    line += countBreaks(text, at, start);
    if (start === text.length) return { values };
    const { end, keys } = extentOf(text, start);
    const source = text.slice(start, end);
    try {
      const value: unknown = JSON.parse(source);
      // Where keys are missing some were given twice; the reader of YAML can tell which.
      const repeated = keys === keysIn(value) ? [] : repeatedIn({ text: source, line });
      values.push({ value, line, repeated });
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

function repeatedIn(piece: Piece): readonly RepeatedLine[] {
  const parsed = piece.text.length > MAX_LOOK_CHARS ? undefined : parseYaml(piece);
  if (parsed && "repeated" in parsed && parsed.repeated.length > 0) return parsed.repeated;
  return [{ line: piece.line, key: "?" }];
}

/** The reader of YAML takes far more memory. */
const MAX_LOOK_CHARS = 4 * 1024 * 1024;

/** Finds the bracket that closes the first one, or the end of the text, and counts the keys. */
function extentOf(text: string, start: number): { readonly end: number; readonly keys: number } {
  let depth = 0;
  let keys = 0;
  for (let at = start; at < text.length; at++) {
    const char = text[at];
    if (char === '"') at = endOfString(text, at);
    else if (char === ":") keys++;
    else if (char === "{" || char === "[") depth++;
    else if (char === "}" || char === "]") depth--;
    if (depth <= 0) return { end: at + 1, keys };
  }
  return { end: text.length, keys };
}

function keysIn(value: unknown): number {
  let keys = 0;
  const left = [value];
  while (left.length > 0) {
    const next = left.pop();
    if (typeof next !== "object" || next === null) continue;
    const inside = Object.values(next);
    if (!Array.isArray(next)) keys += inside.length;
    for (const each of inside) left.push(each);
  }
  return keys;
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
