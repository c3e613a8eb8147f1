import { Wake } from "../../async/wake.ts";
import type { Conditions } from "../../ports/conditions.ts";
import type { Logger } from "../../ports/logger.ts";
import type { KindNames, Observation, WantsSource } from "../../ports/wants_source.ts";
import { jittered } from "../../pure/backoff.ts";
import { type NotFollowedKind, notFollowedText } from "../../pure/objects/not_followed.ts";
import type { KindChoice } from "../../pure/objects/kind_choice.ts";
import { FileRecords } from "./file_records.ts";
import { findFiles } from "./find_files.ts";
import { FolderWatch } from "./folder_watch.ts";
import { mergeObjects } from "./merge_objects.ts";
import { observerOf } from "./observer.ts";
import { Remarks } from "./remarks.ts";

/** What the source needs. */
export interface ManifestSourceOptions {
  /** Files, folders, or `-` for standard input. */
  readonly paths: readonly string[];
  /** Kinds of objects that count. */
  readonly kinds: KindChoice;
  /** Namespace of objects that name none (`default`). */
  readonly namespace?: string;
  readonly logger: Logger;
  /** `manifests`: every path was found and read. */
  readonly conditions: Conditions;
  readonly stdin?: () => ReadableStream<Uint8Array>;
  /** Numbers in [0, 1) for jitter. */
  readonly random?: () => number;
  readonly times?: Partial<ManifestTimes>;
}

/** Times of following, in milliseconds. */
export interface ManifestTimes {
  /**
   * Checks everything again after this time without an event (30 s): events may be lost, and some
   * mounts have none.
   */
  readonly checkAgainMs: number;
  /** The same while a path is missing (2 s). */
  readonly checkMissingMs: number;
  /** After an event waits for this long without another one (100 ms) … */
  readonly quietMs: number;
  /** … but at most this long (1 s). */
  readonly maxQuietMs: number;
}

/** Wants of the objects in manifests, followed for changes. */
export function manifestSource(options: ManifestSourceOptions): WantsSource {
  return new ManifestSource(options);
}

const TIMES: ManifestTimes = {
  checkAgainMs: 30_000,
  checkMissingMs: 2_000,
  quietMs: 100,
  maxQuietMs: 1_000,
};

/** What a path may hold that was never read. */
const ANY_KIND: KindNames = { size: Infinity, has: () => true };
const NO_KIND: KindNames = new Set();

class ManifestSource implements WantsSource {
  readonly type = "manifests";
  readonly #options: ManifestSourceOptions;
  readonly #times: ManifestTimes;
  readonly #records: FileRecords;
  readonly #remarks: Remarks;
  #merged = mergeObjects([]);
  #missing: readonly string[] = [];
  /**
   * Paths that were missing at every check so far. Not single files in a folder: one that can never
   * be read, such as `lost+found` of a volume, would keep everything in the bucket for ever.
   */
  readonly #unread: Set<string>;
  #faults: readonly string[] = [];
  #notFollowed: readonly NotFollowedKind[] = [];
  #synced = false;

  constructor(options: ManifestSourceOptions) {
    this.#options = options;
    this.#times = { ...TIMES, ...options.times };
    this.#unread = new Set(options.paths);
    this.#records = new FileRecords(
      options.stdin ?? (() => Deno.stdin.readable),
      observerOf(options.kinds, options.namespace ?? "default"),
    );
    this.#remarks = new Remarks(options.logger);
    options.conditions.set("manifests", false, "The manifests are not read yet");
  }

  async follow(
    options: { readonly signal: AbortSignal; readonly changed: (cause: string) => void },
  ): Promise<void> {
    const { signal, changed } = options;
    const { quietMs, maxQuietMs: maxMs } = this.#times;
    const wake = new Wake();
    await using watch = new FolderWatch(this.#options.logger, () => wake.call("folder changed"));
    try {
      while (!signal.aborted) {
        const cause = await this.#check(watch, signal);
        if (cause !== undefined) changed(cause);
        await wake.next({ signal, idleMs: this.#idleMs(), quietMs, maxMs });
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  observe(): Observation {
    return {
      synced: this.#synced,
      awaited: this.#synced ? [] : this.#options.paths.map((path) => ({
        what: path === "-" ? "standard input" : path,
      })),
      unread: this.#unread.size > 0 ? ANY_KIND : NO_KIND,
      kinds: this.#options.kinds.names,
      records: this.#merged.records,
      notFollowed: this.#notFollowed,
      faults: this.#faults,
    };
  }

  /** Reads what changed. Resolves to the cause when the observation is another than before. */
  async #check(watch: FolderWatch, signal: AbortSignal): Promise<string | undefined> {
    const found = await Promise.all(this.#options.paths.map((path) => findFiles(path)));
    // Watched before it is read: what changes meanwhile is found by the next check.
    await watch.watchOnly(found.flatMap((path) => path.watch));
    const hidden = found.flatMap((path) => path.hidden);
    const files = found.flatMap((path) => path.files);
    const changed = await this.#records.refresh(files, { signal, hidden });
    this.#missing = found.flatMap(({ missing }) => missing ?? []);
    for (const [index, path] of this.#options.paths.entries()) {
      if (found[index]?.missing === undefined) this.#unread.delete(path);
    }
    const faults = [
      ...this.#missing,
      ...found.flatMap((path) => path.faults),
      ...this.#records.faults(),
    ];
    const news = !this.#synced || changed.length > 0 || faults.join() !== this.#faults.join();
    this.#faults = faults;
    this.#showCondition();
    if (!news) return undefined;
    this.#merge(changed);
    this.#synced = true;
    return changed.length === 1 ? `${changed[0]} changed` : "manifests read";
  }

  #merge(changed: readonly string[]): void {
    this.#merged = mergeObjects(this.#records.objects());
    this.#notFollowed = this.#records.notFollowed();
    this.#options.conditions.note("kinds", notFollowedText(this.#notFollowed));
    const { objects, duplicates } = this.#merged;
    const leftOut = this.#records.leftOut();
    this.#remarks.tell({ duplicates, leftOut, warnings: this.#records.warnings() });
    this.#options.logger.info("Read the manifests", {
      files: this.#records.size,
      changed: changed.length,
      objects,
      faults: this.#faults.length,
    });
  }

  #showCondition(): void {
    const [missing] = this.#missing;
    this.#options.conditions.set("manifests", missing === undefined, missing);
  }

  #idleMs(): number {
    const { checkAgainMs, checkMissingMs } = this.#times;
    const standardMs = this.#missing.length > 0 ? checkMissingMs : checkAgainMs;
    // So that many controllers do not all check a shared mount at once.
    return jittered(standardMs, this.#options.random ?? Math.random);
  }
}
