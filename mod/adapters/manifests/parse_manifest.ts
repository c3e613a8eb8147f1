import { delay } from "../../async/delay.ts";
import type { Observed } from "../../pure/objects/observed.ts";
import { collectObjects } from "./collect_objects.ts";
import { parseYaml } from "./parse_yaml.ts";
import { type Piece, splitDocuments, splitList } from "./split_documents.ts";

/** What a manifest holds, and what of it could not be read: `file:line: why`. */
export interface ParsedManifest {
  readonly observed: readonly Observed[];
  readonly faults: readonly string[];
}

/** Keeps of an object what counts; undefined where nothing does. */
export type Observe = (raw: Readonly<Record<string, unknown>>) => Observed | undefined;

/**
 * Reads JSON or YAML of many documents. A faulty document is named by file and line, and the others
 * still count. Large input is read in pieces with pauses, so that other work goes on; an abort of
 * `signal` is thrown.
 */
export async function parseManifest(
  text: string,
  name: string,
  options: { readonly signal: AbortSignal; readonly observe: Observe },
): Promise<ParsedManifest> {
  const into = { observed: [] as Observed[], faults: [] as string[] };
  const object = (raw: Readonly<Record<string, unknown>>) => {
    const record = options.observe(raw);
    if (record !== undefined) into.observed.push(record);
  };
  const fault = (line: number, why: string) => {
    if (into.faults.length === MAX_FAULTS) into.faults.push(`${name}: more faults are not shown`);
    if (into.faults.length < MAX_FAULTS) into.faults.push(`${name}:${line}: ${why}`);
  };
  const json = parseJson(text, name);
  if (json) {
    if ("why" in json) fault(json.line, json.why);
    else collectObjects(json.value, (why) => fault(1, why), object);
    return into;
  }
  let pausedMs = performance.now();
  for (const piece of piecesOf(text)) {
    const parsed = parseYaml(piece);
    if ("why" in parsed) fault(parsed.line, parsed.why);
    else collectObjects(parsed.value, (why) => fault(firstLine(piece), why), object);
    if (performance.now() - pausedMs < PAUSE_EVERY_MS) continue;
    await delay(0, options);
    pausedMs = performance.now();
  }
  return into;
}

/** Most faults that are named of one file. */
const MAX_FAULTS = 100;

const PAUSE_EVERY_MS = 50;

/** From here on a list is split before it is parsed. */
const LARGE_CHARS = 256 * 1024;

function* piecesOf(text: string): Generator<Piece> {
  for (const document of splitDocuments(text)) {
    const list = document.text.length > LARGE_CHARS ? splitList(document) : undefined;
    if (!list) {
      yield document;
      continue;
    }
    yield { text: list.head, line: document.line };
    yield* list.items;
  }
}

/** Undefined for what may be YAML. */
function parseJson(
  text: string,
  name: string,
): { readonly value: unknown } | { readonly line: number; readonly why: string } | undefined {
  if (!/^\s*[{[]/.test(text)) return undefined;
  try {
    return { value: JSON.parse(text) };
  } catch (error) {
    if (!name.endsWith(".json")) return undefined;
    const { message } = error as SyntaxError;
    const line = Number(/\(line (\d+) column \d+\)/.exec(message)?.[1] ?? 1);
    return { line, why: `Cannot read the JSON: ${message}` };
  }
}

/** Blank lines and comments before a document are not where its fault is. */
function firstLine({ text, line }: Piece): number {
  const skipped = /^(?:[ \t]*(?:#.*)?\r?\n)*/.exec(text)?.[0] ?? "";
  return line + skipped.split("\n").length - 1;
}
