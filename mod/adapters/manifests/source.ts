import type { Conditions } from "../../ports/conditions.ts";
import type { Logger } from "../../ports/logger.ts";
import type { Observation, WantsSource } from "../../ports/wants_source.ts";
import { FileRecords } from "./file_records.ts";
import { findFiles } from "./find_files.ts";
import { FolderWatch } from "./folder_watch.ts";
import { mergeObjects } from "./merge_objects.ts";

/** What the source needs. */
export interface ManifestSourceOptions {
  /** Files, folders, or `-` for standard input; of objects that come twice the later one counts. */
  readonly paths: readonly string[];
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
  /** Looks at everything again after this time without an event (30 s). */
  readonly lookAgainMs: number;
  /** The same while a path is missing (2 s). */
  readonly lookForMissingMs: number;
  /** Quiet time after an event (100 ms). */
  readonly quietMs: number;
  /** Longest time from an event to reading, when events do not cease (1 s). */
  readonly gatherMs: number;
}

/** Wants of the objects in manifests, followed for changes. */
export function manifestSource(options: ManifestSourceOptions): WantsSource {
  return new ManifestSource(options);
}

const TIMES: ManifestTimes = {
  lookAgainMs: 30_000,
  lookForMissingMs: 2_000,
  quietMs: 100,
  gatherMs: 1_000,
};

class ManifestSource implements WantsSource {
  readonly type = "manifests";
  readonly #options: ManifestSourceOptions;
  readonly #times: ManifestTimes;
  readonly #records: FileRecords;
  #merged = mergeObjects([]);
  #missing: readonly string[] = [];
  #faults: readonly string[] = [];
  #synced = false;

  constructor(options: ManifestSourceOptions) {
    this.#options = options;
    this.#times = { ...TIMES, ...options.times };
    this.#records = new FileRecords(options.stdin ?? (() => Deno.stdin.readable));
    options.conditions.set("manifests", false, "The manifests are not read yet");
  }

  async follow(
    options: { readonly signal: AbortSignal; readonly changed: (cause: string) => void },
  ): Promise<void> {
    const { signal, changed } = options;
    await using watch = new FolderWatch(this.#options.logger);
    try {
      while (!signal.aborted) {
        const cause = await this.#look(watch, signal);
        if (cause !== undefined) changed(cause);
        await watch.next({ ...this.#times, idleMs: this.#idleMs() }, { signal });
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  observe(): Observation {
    const { workloads, namespaces, nodes, kinds } = this.#merged;
    return { synced: this.#synced, kinds, workloads, namespaces, nodes, faults: this.#faults };
  }

  /** Reads what changed; a text when the observation is another than before. */
  async #look(watch: FolderWatch, signal: AbortSignal): Promise<string | undefined> {
    const found = await Promise.all(this.#options.paths.map((path) => findFiles(path)));
    // Watched before it is read: what changes meanwhile is seen the next time.
    await watch.follow(found.flatMap((path) => path.watch));
    const hidden = found.flatMap((path) => path.hidden);
    const files = found.flatMap((path) => path.files);
    const changed = await this.#records.refresh(files, { signal, hidden });
    this.#missing = found.flatMap(({ missing }) => missing ?? []);
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
    const known = new Set(this.#merged.duplicates);
    this.#merged = mergeObjects(this.#records.objects());
    const { workloads, nodes, namespaces, duplicates } = this.#merged;
    const { logger } = this.#options;
    const fresh = duplicates.filter((duplicate) => !known.has(duplicate));
    for (const duplicate of fresh.slice(0, MAX_LINES)) {
      logger.warn("An object comes twice, the later one counts", { duplicate });
    }
    if (fresh.length > MAX_LINES) {
      logger.warn("More objects that come twice are not shown", {
        count: fresh.length - MAX_LINES,
      });
    }
    logger.info("Manifests read", {
      files: this.#records.size,
      changed: changed.length,
      objects: workloads.length + nodes.length + namespaces.length,
      faults: this.#faults.length,
    });
  }

  #showCondition(): void {
    const [missing] = this.#missing;
    this.#options.conditions.set("manifests", missing === undefined, missing);
  }

  #idleMs(): number {
    const { lookAgainMs, lookForMissingMs } = this.#times;
    const standardMs = this.#missing.length > 0 ? lookForMissingMs : lookAgainMs;
    // Jitter, so that many controllers do not all look at a shared mount at once.
    return standardMs * (0.8 + 0.4 * (this.#options.random ?? Math.random)());
  }
}

/** Most duplicates named at once. */
const MAX_LINES = 20;
