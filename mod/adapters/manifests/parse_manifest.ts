import { delay } from "../../async/delay.ts";
import type { Observed } from "../../pure/wants/observed.ts";
import { isFields } from "../../pure/wants/raw_value.ts";
import { claimsObject } from "./claims_object.ts";
import { collectObjects } from "./collect_objects.ts";
import { parseJson } from "./parse_json.ts";
import { type ParsedYaml, type ParseFault, parseYaml } from "./parse_yaml.ts";
import { type ListPieces, type Piece, splitDocuments, splitList } from "./split_documents.ts";

/** What a manifest holds, and what is wrong with it: `file:line: why`. */
export interface ParsedManifest {
  readonly observed: readonly Observed[];
  /** Objects that could not be read. */
  readonly faults: readonly string[];
  /** What was read in one way and may have been meant in another. */
  readonly warnings: readonly string[];
  /** Number of documents that are no Kubernetes objects. */
  readonly leftOut: number;
}

/** How a manifest is read. */
export interface ParseOptions {
  readonly signal: AbortSignal;
  /** Namespace of objects that name none. */
  readonly namespace: string;
}

/**
 * Reads JSON or YAML of many documents as kubectl does. A faulty document is named by file and
 * line, and the others still count. Large input is read in pieces with pauses, so that other work
 * goes on; an abort of `signal` is thrown.
 */
export async function parseManifest(
  text: string,
  name: string,
  options: ParseOptions,
): Promise<ParsedManifest> {
  const reader = new ManifestReader(name, options.namespace);
  let pausedMs = performance.now();
  for (const _ of reader.read(text)) {
    if (performance.now() - pausedMs < PAUSE_EVERY_MS) continue;
    await delay(0, options);
    pausedMs = performance.now();
  }
  return reader;
}

/** Most faults, and most warnings, that are named of one file. */
const MAX_NAMED = 100;

const PAUSE_EVERY_MS = 50;

/** From here on a list is split before it is parsed. */
const LARGE_CHARS = 256 * 1024;

/** A text that begins as JSON and is none is read as YAML up to this size: that takes memory. */
const MAX_YAML_RETRY_CHARS = 4 * 1024 * 1024;

class ManifestReader implements ParsedManifest {
  readonly observed: Observed[] = [];
  readonly faults: string[] = [];
  readonly warnings: string[] = [];
  leftOut = 0;

  constructor(readonly name: string, readonly namespace: string) {}

  /** Yields where a pause may be made. */
  *read(text: string): Generator<void> {
    for (const piece of splitDocuments(text)) {
      if (piece.unread) {
        this.#warn(firstLine(piece), 'Nothing after "..." is read until the next "---"');
      } else if (/^\s*[{[]/.test(piece.text)) yield* this.#readJson(piece);
      else yield* this.#readYaml(piece);
      yield;
    }
  }

  *#readJson(piece: Piece): Generator<void> {
    const { values, rest } = parseJson(piece);
    for (const { value, line } of values) {
      this.#collect(value, line);
      yield;
    }
    if (!rest) return;
    // Most of what is no JSON is YAML with brackets.
    const yaml = rest.piece.text.length > MAX_YAML_RETRY_CHARS ? rest.fault : parseYaml(rest.piece);
    if ("value" in yaml) return this.#keep(rest.piece, yaml);
    const isJson = values.length > 0 || this.name.endsWith(".json");
    this.#fail(piece, isJson ? rest.fault : yaml);
  }

  *#readYaml(piece: Piece): Generator<void> {
    const list = piece.text.length > LARGE_CHARS ? splitList(piece) : undefined;
    const head = list && parseYaml(list.head);
    // A quoted text that reaches to the left of its key looks like the end of a list.
    if (!list || !head || !("value" in head) || !isFields(head.value)) {
      return this.#keep(piece, parseYaml(piece));
    }
    yield* this.#readItems(list, head.value);
  }

  *#readItems({ items }: ListPieces, list: Readonly<Record<string, unknown>>): Generator<void> {
    for (let index = 0; index < items.length; index++) {
      let item = items[index] as Piece;
      let parsed = parseYaml(item);
      const next = items[index + 1];
      if (!("value" in parsed) && next) {
        // Such a text may also hold what looks like the next item.
        const both = { text: item.text + next.text, line: item.line };
        const joined = parseYaml(both);
        if ("value" in joined) [item, parsed, index] = [both, joined, index + 1];
      }
      if (!("value" in parsed)) this.#note(this.faults, "faults", parsed.line, parsed.why);
      else this.#keep(item, { ...parsed, value: { ...list, items: parsed.value } });
      yield;
    }
  }

  #keep(piece: Piece, parsed: ParsedYaml): void {
    if (!("value" in parsed)) return this.#fail(piece, parsed);
    for (const { line, key } of parsed.repeated) {
      this.#warn(line, `The key "${key}" is given twice, and the later one counts`);
    }
    this.#collect(parsed.value, firstLine(piece));
  }

  #collect(value: unknown, line: number): void {
    const before = this.leftOut;
    collectObjects(value, {
      namespace: this.namespace,
      object: (observed) => void this.observed.push(observed),
      fault: (why) => this.#note(this.faults, "faults", line, why),
      leftOut: () => void (this.leftOut = before + 1),
    });
  }

  #fail({ text }: Piece, { line, why }: ParseFault): void {
    if (claimsObject(text)) this.#note(this.faults, "faults", line, why);
    else this.leftOut++;
  }

  #warn(line: number, why: string): void {
    this.#note(this.warnings, "warnings", line, why);
  }

  #note(into: string[], what: string, line: number, why: string): void {
    if (into.length === MAX_NAMED) into.push(`${this.name}: more ${what} are not shown`);
    if (into.length < MAX_NAMED) into.push(`${this.name}:${line}: ${why}`);
  }
}

/** Blank lines and comments before a document are not where its fault is. */
function firstLine({ text, line }: Piece): number {
  const skipped = /^(?:[ \t]*(?:#.*)?\r?\n)*/.exec(text)?.[0] ?? "";
  return line + skipped.split("\n").length - 1;
}
