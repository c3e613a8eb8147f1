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
  const lineOf = (at: number) => line + countBreaks(text, at);
  try {
    const { document, lines } = yamlNodes(text);
    const error = document?.errors.find(({ code, pos }) =>
      // Kubernetes' reader takes `\'` in double quotes for an apostrophe.
      code !== "BAD_DQ_ESCAPE" || text.slice(pos[0], pos[0] + 2) !== "\\'"
    );
    if (error) {
      return { line: lineOf(error.pos[0]), why: `Cannot read the YAML: ${error.message}` };
    }
    const { value, repeated } = yamlValue(document?.contents ?? null);
    return {
      value,
      repeated: repeated.map(({ key, at }) => ({
        key,
        line: line + lines.linePos(at).line - 1,
      })),
    };
  } catch (error) {
    // The stack ends at some ten thousand levels of nesting.
    const why = error instanceof RangeError ? "It is nested too deep" : messageOf(error);
    const at = error instanceof ValueError ? error.at : 0;
    return { line: lineOf(at), why: `Cannot read the YAML: ${why}` };
  }
}

function countBreaks(text: string, end: number): number {
  return text.slice(0, end).split("\n").length - 1;
}

/**
 * Whether template actions are what is at fault: with a word in the place of each, the document
 * reads beyond the fault. Braces in quotes or in a block of text make no such difference.
 */
function isTemplate({ text, line }: Piece, fault: ParseFault): boolean {
  if (!text.includes("{{")) return false;
  const filled = text
    .replace(/^[ \t]*(?:\{\{[^]*?\}\}[ \t]*)+(?=\r?$)/gm, (actions) => breaksOf(actions, ""))
    .replace(/\{\{[^]*?\}\}/g, (action) => breaksOf(action, "x"));
  const parsed = readYaml({ text: filled, line });
  return "value" in parsed || parsed.line > fault.line;
}

/** `word` with the line breaks of `text`, so that lines keep their numbers. */
function breaksOf(text: string, word: string): string {
  return word + text.replace(/[^\n]/g, "");
}
