import type { NotFollowedKind } from "../../pure/objects/not_followed.ts";
import type { Observed } from "../../pure/objects/observed.ts";
import { decodeText } from "./decode_text.ts";
import { type FoundFile, reasonOf, STANDARD_INPUT } from "./find_files.ts";
import type { Observe } from "./observer.ts";
import { type ParsedManifest, parseManifest } from "./parse_manifest.ts";
import { readAll } from "./standard_input.ts";

/** What is known of one file. */
interface FileRecord extends ParsedManifest {
  readonly fingerprint: string;
}

/** An object and the file it is from. */
export interface Located {
  readonly file: string;
  readonly object: Observed;
}

/** Keeps the objects of all files; reads those again that changed. */
export class FileRecords {
  readonly #stdin: () => ReadableStream<Uint8Array>;
  readonly #observe: Observe;
  #records = new Map<string, FileRecord>();

  constructor(stdin: () => ReadableStream<Uint8Array>, observe: Observe) {
    this.#stdin = stdin;
    this.#observe = observe;
  }

  /**
   * Takes the files that are there now, in their order; resolves to the paths of which something
   * else is known than before. What was known below `hidden` paths stays. An abort of `signal` is
   * thrown, and nothing has changed then.
   */
  async refresh(
    files: readonly FoundFile[],
    options: { readonly signal: AbortSignal; readonly hidden: readonly string[] },
  ): Promise<string[]> {
    const records = new Map<string, FileRecord>();
    const changed: string[] = [];
    for (const file of files) {
      const known = this.#records.get(file.path);
      const record = known?.fingerprint === file.fingerprint
        ? known
        : await this.#read(file, known, options.signal);
      records.set(file.path, record);
      if (!known || differ(known, record)) changed.push(file.path);
    }
    for (const [path, record] of this.#records) {
      if (records.has(path)) continue;
      const isHidden = options.hidden.some((at) => path === at || path.startsWith(`${at}/`));
      if (isHidden) records.set(path, record);
      else changed.push(path);
    }
    this.#records = records;
    return changed;
  }

  /** All objects in the order of their files. */
  *objects(): Generator<Located> {
    for (const [file, { observed }] of this.#records) {
      for (const object of observed) yield { file, object };
    }
  }

  /** What could not be read, one line each. */
  faults(): string[] {
    return [...this.#records.values()].flatMap(({ faults }) => faults);
  }

  /** What was read in one way and may have been meant in another, one line each. */
  warnings(): string[] {
    return [...this.#records.values()].flatMap(({ warnings }) => warnings);
  }

  /** Number of documents that are no Kubernetes objects, of each file that has such. */
  leftOut(): ReadonlyMap<string, number> {
    const counts = [...this.#records].map(([file, { leftOut }]) => [file, leftOut] as const);
    return new Map(counts.filter(([, leftOut]) => leftOut > 0));
  }

  /** Kinds that are not asked for although objects of them name images. */
  notFollowed(): NotFollowedKind[] {
    const counts = new Map<string, number>();
    for (const { notFollowed } of this.#records.values()) {
      for (const [kind, count] of notFollowed) counts.set(kind, (counts.get(kind) ?? 0) + count);
    }
    return [...counts].map(([kind, count]) => ({ kind, count }));
  }

  /** Number of files. */
  get size(): number {
    return this.#records.size;
  }

  /** A file that cannot be read keeps what was known of it, and is tried again at the next check. */
  async #read(
    { path, fingerprint, bytes }: FoundFile,
    known: FileRecord | undefined,
    signal: AbortSignal,
  ): Promise<FileRecord> {
    const name = path === STANDARD_INPUT ? "standard input" : path;
    const keep = (why: string, fingerprint: string): FileRecord => {
      const { observed, warnings, leftOut, notFollowed } = known ?? NOTHING;
      const kept = observed.length > 0 ? "; what was known of it stays" : "";
      const faults = [`${name}: Cannot read the file: ${why}${kept}`];
      return { fingerprint, observed, warnings, leftOut, notFollowed, faults };
    };
    if (bytes > MAX_BYTES) return keep(`${bytes} bytes are more than ${MAX_BYTES}`, fingerprint);
    let raw: Uint8Array;
    try {
      raw = await this.#bytesOf(path, signal);
    } catch (error) {
      signal.throwIfAborted();
      return keep(reasonOf(error), path === STANDARD_INPUT ? fingerprint : "");
    }
    const decoded = decodeText(raw);
    if ("why" in decoded) return keep(decoded.why, fingerprint);
    const options = { signal, observe: this.#observe };
    return { fingerprint, ...await parseManifest(decoded.text, name, options) };
  }

  async #bytesOf(path: string, signal: AbortSignal): Promise<Uint8Array> {
    if (path !== STANDARD_INPUT) return await Deno.readFile(path, { signal });
    return await readAll(this.#stdin(), { signal, maxBytes: MAX_BYTES });
  }
}

/** A file that still cannot be read is no news. */
function differ(known: FileRecord, record: FileRecord): boolean {
  return known.observed !== record.observed || known.faults.join() !== record.faults.join();
}

/** Far above any manifest, far below what would fill the memory. */
const MAX_BYTES = 64 * 1024 * 1024;

const NOTHING: ParsedManifest = {
  observed: [],
  faults: [],
  warnings: [],
  leftOut: 0,
  notFollowed: new Map(),
};
