import { parseDocument } from "yaml";
import type { Piece } from "./split_documents.ts";
import { messageOf } from "../../pure/message_of.ts";

/** What became of one document. */
export type ParsedYaml =
  | { readonly value: unknown }
  | { readonly line: number; readonly why: string };

/** Reads one YAML document. Never throws; `line` is that of the file. */
export function parseYaml({ text, line }: Piece): ParsedYaml {
  const document = parseDocument(text, {
    // Kubernetes' own reader takes `<<`, and keys of its objects are always texts.
    merge: true,
    stringKeys: true,
    prettyErrors: false,
  });
  const [error] = document.errors;
  if (error) {
    const before = text.slice(0, error.pos[0]);
    return { line: line + before.split("\n").length - 1, why: explain(text, error.message) };
  }
  try {
    return { value: document.toJS({ maxAliasCount: MAX_ALIASES }) };
  } catch (error) {
    // Aliases that multiply beyond the limit, or that name nothing.
    return { line, why: explain(text, messageOf(error)) };
  }
}

/** Far beyond what anyone writes by hand, far below what fills the memory. */
const MAX_ALIASES = 1000;

function explain(text: string, message: string): string {
  if (text.includes("{{")) return "It is a template that nothing has filled in (see helm template)";
  return `Cannot read the YAML: ${message}`;
}
