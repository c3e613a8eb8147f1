import type { Logger } from "../../ports/logger.ts";

/** What is worth a word about manifests without being a fault. */
export interface ManifestRemarks {
  /** Objects that came more than once, one line each time. */
  readonly duplicates: readonly string[];
  /** What was read in one way and may have been meant in another, one line each. */
  readonly warnings: readonly string[];
  /** Number of documents that are no Kubernetes objects, by file. */
  readonly leftOut: ReadonlyMap<string, number>;
}

/** Tells the log what is new of it, and nothing twice. */
export class Remarks {
  readonly #logger: Logger;
  #duplicates: ReadonlySet<string> = new Set();
  #warnings: ReadonlySet<string> = new Set();
  #leftOut = "";

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  tell({ duplicates, warnings, leftOut }: ManifestRemarks): void {
    const twice = duplicates.filter((duplicate) => !this.#duplicates.has(duplicate));
    if (twice.length > 0) {
      this.#logger.warn("Found objects more than once, the images of each count", {
        count: twice.length,
        first: firstOf(twice),
      });
    }
    const fresh = warnings.filter((warning) => !this.#warnings.has(warning));
    for (const warning of fresh.slice(0, MAX_LINES)) {
      this.#logger.warn("Read a manifest as Kubernetes does", { warning });
    }
    if (fresh.length > MAX_LINES) {
      const count = fresh.length - MAX_LINES;
      this.#logger.warn("Read more manifests so that are not shown", { count });
    }
    this.#tellLeftOut(leftOut);
    this.#duplicates = new Set(duplicates);
    this.#warnings = new Set(warnings);
  }

  #tellLeftOut(leftOut: ReadonlyMap<string, number>): void {
    const count = leftOut.values().reduce((sum, each) => sum + each, 0);
    const first = firstOf([...leftOut.keys()]);
    const told = `${count} ${first}`;
    if (count > 0 && told !== this.#leftOut) {
      this.#logger.info("Left out documents that are no Kubernetes objects", { count, first });
    }
    this.#leftOut = told;
  }
}

/** Most warnings that are logged at once. */
const MAX_LINES = 20;

/** Most that are named in one line. */
const MAX_NAMED = 5;

function firstOf(items: readonly string[]): string {
  return items.slice(0, MAX_NAMED).join(", ");
}
