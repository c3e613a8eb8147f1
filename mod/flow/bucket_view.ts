import type { Clock } from "../ports/clock.ts";
import type { Logger } from "../ports/logger.ts";
import type { Metrics } from "../ports/metrics.ts";
import type { StateStore, StoreChange } from "../ports/state_store.ts";
import { parseStateKey } from "../pure/bucket/state_keys.ts";
import { decodeReport, decodeWanted, type ReportValue } from "../pure/bucket/wire.ts";

/** A report as this controller has last seen it. */
export interface SeenReport {
  readonly report: ReportValue;
  /** Monotonic, in ms. */
  readonly seenAt: number;
  /** How many images are warm on the node. */
  readonly warm: number;
}

/** What `BucketView` works with. */
export interface BucketViewDeps {
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly clock: Clock;
}

/** The controller's copy of the bucket; `follow()` keeps it up to date. */
export class BucketView {
  readonly #deps: BucketViewDeps;
  readonly #held = new Map<string, string>();
  readonly #reports = new Map<string, SeenReport>();
  readonly #sizes = new Map<string, number>();
  #synced = false;
  #warm = 0;

  constructor(deps: BucketViewDeps) {
    this.#deps = deps;
  }

  /** False until the bucket has been read once, and while it is read again after a reset. */
  get synced(): boolean {
    return this.#synced;
  }

  /** Values of `meta`, `node.*`, `wanted.*` and `why.*`, by key. */
  get held(): ReadonlyMap<string, string> {
    return this.#held;
  }

  /** Reports by key. */
  get reports(): ReadonlyMap<string, SeenReport> {
    return this.#reports;
  }

  /** Bytes of each image that some node has reported. The first figure stays, so entries do too. */
  get sizes(): ReadonlyMap<string, number> {
    return this.#sizes;
  }

  /** Follows the bucket until `signal` aborts; calls `changed` when a pass may be due. */
  async follow(
    store: StateStore,
    options: { readonly signal: AbortSignal; readonly changed: (cause: string) => void },
  ): Promise<void> {
    const filters = ["meta", "node.>", "wanted.>", "why.>", "report.>"];
    for await (const change of store.follow(filters, { signal: options.signal })) {
      const differs = this.#apply(change);
      if (change.type === "synced") options.changed("bucket read");
      else if (differs && this.#synced) options.changed("bucket changed");
    }
  }

  /** Records a write of this controller at once, so that its echo is no change. */
  wrote(key: string, value: string | undefined): void {
    if (value === undefined) this.#forget(key);
    else this.#held.set(key, value);
  }

  #apply(change: StoreChange): boolean {
    switch (change.type) {
      case "reset":
        this.#synced = false;
        this.#held.clear();
        for (const key of this.#reports.keys()) this.#setReport(key, undefined);
        return false;
      case "put":
        return this.#put(change.key, change.value);
      case "delete":
        return this.#forget(change.key);
      case "synced":
        this.#synced = true;
        return true;
      default:
        return change satisfies never;
    }
  }

  #put(key: string, value: string): boolean {
    const type = parseStateKey(key)?.type;
    if (type === "report") return this.#putReport(key, value);
    if (this.#held.get(key) === value) return false;
    if (type === "wanted") this.#keepSize(value);
    this.#held.set(key, value);
    return true;
  }

  /** Sizes that an earlier controller has learned stay as they are, or every entry would change. */
  #keepSize(text: string): void {
    const decoded = decodeWanted(text);
    if (!("value" in decoded)) return; // the next pass overwrites it
    const { reference, sizeBytes } = decoded.value;
    if (sizeBytes !== undefined && !this.#sizes.has(reference)) {
      this.#sizes.set(reference, sizeBytes);
    }
  }

  #putReport(key: string, text: string): boolean {
    const decoded = decodeReport(text);
    if ("fault" in decoded) {
      this.#deps.metrics.count("warm_images_store_unreadable_total");
      this.#deps.logger.warn("Skipped an unreadable report", { key, fault: decoded.fault });
      return false;
    }
    let warm = 0;
    let learned = false;
    for (const [reference, { state, bytes }] of Object.entries(decoded.value.images)) {
      if (state !== "warm") continue;
      warm++;
      if (bytes === undefined || this.#sizes.has(reference)) continue;
      this.#sizes.set(reference, bytes);
      learned = true;
    }
    this.#setReport(key, { report: decoded.value, seenAt: this.#deps.clock.monotonicMs(), warm });
    return learned;
  }

  /** Reports come too often for a pass after each, so their metrics are set here. */
  #setReport(key: string, seen: SeenReport | undefined): void {
    this.#warm += (seen?.warm ?? 0) - (this.#reports.get(key)?.warm ?? 0);
    if (seen) this.#reports.set(key, seen);
    else this.#reports.delete(key);
    this.#deps.metrics.gauge("warm_images_warm", this.#warm);
    this.#deps.metrics.gauge("warm_images_reports", this.#reports.size);
  }

  #forget(key: string): boolean {
    if (!this.#reports.has(key)) return this.#held.delete(key);
    this.#setReport(key, undefined);
    return true;
  }
}
