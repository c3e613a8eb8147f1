import { LineCounter } from "yaml";
import { messageOf } from "../../pure/message_of.ts";
import type { Piece } from "./split_documents.ts";
import { yamlNodes } from "./yaml_nodes.ts";
import { ValueError, yamlValue } from "./yaml_value.ts";

/** A key that a mapping gives twice, at the line of the file where it stands again. */
export interface RepeatedLine {
  readonly line: number;
  readonly key: string;
}

/** Why a text cannot be read, and the line of the file. */
export interface ParseFault {
  readonly line: number;
  readonly why: string;
}

/** What became of one document. */
export type ParsedYaml =
  | { readonly value: unknown; readonly repeated: readonly RepeatedLine[] }
  | ParseFault;

/** Reads one YAML document as Kubernetes' own reader does. Never throws. */
export function parseYaml(piece: Piece): ParsedYaml {
  const parsed = readYaml(piece);
  if ("value" in parsed || !isTemplate(piece, parsed)) return parsed;
  return { ...parsed, why: "It is a template that nothing has filled in (see helm template)" };
}

function readYaml({ text, line }: Piece): ParsedYaml {
  const lines = new LineCounter();
  const lineOf = (at: number) => line + Math.max(lines.linePos(at).line - 1, 0);
  try {
    const { error, root } = yamlNodes(text, lines);
    if (error?.code === "RESOURCE_EXHAUSTION") throw new RangeError(error.message);
    if (error) return { line: lineOf(error.pos[0]), why: cannotRead(error) };
    const { value, repeated } = yamlValue(root);
    return { value, repeated: repeated.map(({ key, at }) => ({ key, line: lineOf(at) })) };
  } catch (error) {
    if (error instanceof ValueError) return { line: lineOf(error.at), why: cannotRead(error) };
    // The stack ends at some thousand levels of nesting.
    return { line, why: cannotRead(error instanceof RangeError ? "It is nested too deep" : error) };
  }
}

function cannotRead(error: unknown): string {
  return `Cannot read the YAML: ${messageOf(error)}`;
}

/**
 * Whether template actions are what is at fault: with a word in the place of each, the document
 * reads beyond the fault. Braces in quotes or in a block of text make no such difference.
 */
function isTemplate({ text, line }: Piece, fault: ParseFault): boolean {
  if (!text.includes("{{")) return false;
  const filled = text
    // In a line of its own an action may make lines or none: a comment does, and is text in texts.
    .replace(
      /^([ \t]*)((?:\{\{[^]*?\}\}[ \t]*)+)$/gm,
      (_, indent, actions) => indent + breaksOf(actions, "#"),
    )
    .replace(/\{\{[^]*?\}\}/g, (action) => breaksOf(action, "x"));
  const parsed = readYaml({ text: filled, line });
  return "value" in parsed || parsed.line > fault.line;
}

/** `word` with the line breaks of `text`, so that lines keep their numbers. */
function breaksOf(text: string, word: string): string {
  return word + text.replace(/[^\n]/g, "");
}
