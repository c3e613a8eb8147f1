import { isFields } from "../../pure/objects/raw_value.ts";
import { claimsObject } from "./claims_object.ts";
import { parseJson } from "./parse_json.ts";
import { type ParsedYaml, parseYaml, type RepeatedLine } from "./parse_yaml.ts";
import { type Piece, splitDocuments, splitList } from "./split_documents.ts";

/** A part of a manifest, and the line of the file where it is. */
export type ManifestPart =
  /** A parsed document; the items of a large list come each as a list of one. */
  | { readonly type: "value"; readonly line: number; readonly value: unknown }
  /** What cannot be parsed; `claims` to be a Kubernetes object. */
  | {
    readonly type: "fault";
    readonly line: number;
    readonly why: string;
    readonly claims: boolean;
  }
  /** What was read in one way and may have been meant in another. */
  | { readonly type: "warning"; readonly line: number; readonly why: string };

/** From here on a list is split before it is parsed. */
const LARGE_CHARS = 256 * 1024;

/** What begins as JSON and is none is read as YAML up to this size, as that takes memory. */
const MAX_YAML_RETRY_CHARS = 4 * 1024 * 1024;

/**
 * Reads the YAML documents or JSON values of a manifest as kubectl does (`YAMLOrJSONDecoder` of
 * k8s.io/apimachinery), but goes on where kubectl gives up. `name` is that of the file.
 */
export function* manifestValues(text: string, name: string): Generator<ManifestPart> {
  // A line may also end in CR, and in CR CR LF, as what was turned into CR LF twice does.
  for (const piece of splitDocuments(text.replace(/\r+\n|\r/g, "\n"))) {
    if (piece.unread) {
      const why = 'Nothing after "..." is read until the next "---"';
      yield { type: "warning", line: firstLine(piece), why };
    } else if (/^\s*[{[]/.test(piece.text)) yield* jsonParts(piece, name);
    else yield* yamlParts(piece);
  }
}

function* jsonParts(piece: Piece, name: string): Generator<ManifestPart> {
  const { values, rest } = parseJson(piece);
  for (const { value, line, repeated } of values) {
    yield* warningsOf(repeated);
    yield { type: "value", value, line };
  }
  if (!rest) return;
  // Most of what is no JSON is YAML in brackets.
  const isLarge = rest.piece.text.length > MAX_YAML_RETRY_CHARS;
  const yaml = isLarge ? rest.fault : parseYaml(rest.piece);
  const isJson = values.length > 0 || name.endsWith(".json");
  if ("value" in yaml && !(isJson && typeof yaml.value === "string")) {
    return yield* partsOf(rest.piece, yaml);
  }
  const fault = isJson || "value" in yaml ? rest.fault : yaml;
  yield { type: "fault", claims: claimsObject(piece.text), ...fault };
}

function* yamlParts(piece: Piece): Generator<ManifestPart> {
  const list = piece.text.length > LARGE_CHARS ? splitList(piece) : undefined;
  const head = list && parseYaml(list.head);
  // The head is broken where a text in quotes begins a line and so looks like the list's end.
  if (!list || !head || !("value" in head) || !isFields(head.value)) {
    yield* partsOf(piece, parseYaml(piece));
    return;
  }
  for (let index = 0; index < list.items.length; index++) {
    let item = list.items[index] as Piece;
    let parsed = parseYaml(item);
    const next = list.items[index + 1];
    if ("why" in parsed && next) {
      // Such a text may also look like the next item.
      const both = { text: item.text + next.text, line: item.line };
      const joined = parseYaml(both);
      if ("value" in joined) [item, parsed, index] = [both, joined, index + 1];
    }
    if ("why" in parsed) yield { type: "fault", claims: true, ...parsed };
    else yield* partsOf(item, { ...parsed, value: { ...head.value, items: parsed.value } });
  }
}

function* partsOf(piece: Piece, parsed: ParsedYaml): Generator<ManifestPart> {
  if ("why" in parsed) {
    yield { type: "fault", claims: claimsObject(piece.text), ...parsed };
    return;
  }
  yield* warningsOf(parsed.repeated);
  yield { type: "value", value: parsed.value, line: firstLine(piece) };
}

function* warningsOf(repeated: readonly RepeatedLine[]): Generator<ManifestPart> {
  for (const { line, key } of repeated) {
    const why = `The key "${key}" is given twice, and the later one counts`;
    yield { type: "warning", line, why };
  }
}

/** Blank lines and comments before a document are not where its fault is. */
function firstLine({ text, line }: Piece): number {
  const skipped = /^(?:[ \t]*(?:#.*)?\r?\n)*/.exec(text)?.[0] ?? "";
  return line + skipped.split("\n").length - 1;
}
