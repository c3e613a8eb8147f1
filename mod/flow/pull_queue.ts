import type { Conditions } from "../ports/conditions.ts";
import type { ImageRuntime } from "../ports/image_runtime.ts";
import type { DiskUsage } from "../ports/disk_usage.ts";
import type { Logger } from "../ports/logger.ts";
import type { Metrics } from "../ports/metrics.ts";
import type { ImageLedger } from "../pure/pulls/image_ledger.ts";
import { choosePulls } from "../pure/pulls/pull_choice.ts";
import type { PullOutcome } from "../pure/pulls/pull_outcome.ts";

/** How long to wait before looking whether a full disk has room again. */
const ROOM_CHECK_MS = 30_000;

/** What the queue works with. */
export interface PullQueueDeps {
  readonly ledger: ImageLedger;
  readonly runtime: ImageRuntime;
  readonly disk: DiskUsage;
  readonly logger: Logger;
  readonly conditions: Conditions;
  readonly metrics: Metrics;
}

/** How the queue behaves. */
export interface PullQueueOptions {
  readonly parallel: number;
  readonly diskHighPercent: number;
  /** Called when a pull has ended, so that the loop chooses again. */
  readonly ended: (reference: string, outcome: PullOutcome) => void;
}

/** How full the disk was when last looked at. */
export type DiskState = Awaited<ReturnType<DiskUsage["read"]>>;

/** Runs pulls: as many side by side as allowed, none on a disk that is filling up. */
export class PullQueue {
  readonly #deps: PullQueueDeps;
  readonly #options: PullQueueOptions;
  readonly #running = new Map<string, { repository: string; done: Promise<void> }>();
  readonly #stop = new AbortController();
  #disk: DiskState | undefined;
  #diskIs: "unknown" | "roomy" | "high" = "roomy";

  constructor(deps: PullQueueDeps, options: PullQueueOptions) {
    this.#deps = deps;
    this.#options = options;
  }

  /** Disk usage as of the last choice. */
  get disk(): DiskState | undefined {
    return this.#disk;
  }

  /** Why nothing is pulled at all, for the report; `undefined` when nothing is in the way. */
  get blockedReason(): string | undefined {
    if (this.#diskIs === "roomy") return undefined;
    if (!this.#disk) return "disk: cannot tell how full it is";
    const used = this.#disk.usedPercent.toFixed(0);
    return `disk: ${used} % used, pulls start below ${this.#options.diskHighPercent} %`;
  }

  /**
   * Starts what may start now, nothing once `signal` has aborted; returns when to ask again (ms
   * since the epoch) if nothing happens.
   */
  async startPulls(signal: AbortSignal): Promise<number | undefined> {
    const { ledger } = this.#deps;
    const hasRoom = await this.#hasRoom();
    if (signal.aborted) return undefined;
    // An image that was forgotten and wanted again may still have its first pull running.
    const candidates = ledger.candidates().filter(({ reference }) => !this.#running.has(reference));
    const now = Date.now();
    const { start, nextAt } = choosePulls(candidates, {
      now,
      parallel: this.#options.parallel,
      running: [...this.#running.values()].map((pull) => pull.repository),
      provenRepositories: ledger.warmRepositories(),
      pausedRegistries: ledger.pausedRegistries(),
    });
    if (!hasRoom) return start.length > 0 ? now + ROOM_CHECK_MS : nextAt;
    const repositories = new Map(candidates.map((each) => [each.reference, each.repository]));
    for (const reference of start) this.#start(reference, repositories.get(reference) ?? "");
    return nextAt;
  }

  /** Lets running pulls end by themselves for `graceMs`, then ends them. */
  async drain(graceMs: number): Promise<void> {
    if (this.#running.size === 0) return;
    const { logger } = this.#deps;
    logger.info("Waiting for running pulls to end", { pulls: this.#running.size, graceMs });
    const timer = setTimeout(() => this.#stop.abort(), graceMs);
    await Promise.all([...this.#running.values()].map((pull) => pull.done));
    clearTimeout(timer);
  }

  #start(reference: string, repository: string): void {
    const { ledger, runtime } = this.#deps;
    ledger.pulling(reference, Date.now());
    const done = runtime.pull(reference, { signal: this.#stop.signal }).catch(unexpected)
      .then((outcome) => {
        this.#running.delete(reference);
        ledger.ended(reference, outcome, Date.now());
        this.#account(reference, outcome);
        this.#options.ended(reference, outcome);
      });
    this.#running.set(reference, { repository, done });
    this.#deps.logger.debug("Pull started", { reference });
  }

  #account(reference: string, outcome: PullOutcome): void {
    const { ledger, logger, metrics } = this.#deps;
    const result = outcome.result === "failed" ? outcome.failure : outcome.result;
    metrics.count("warm_images_pulls_total", { result });
    switch (outcome.result) {
      case "pulled": {
        const seconds = ledger.pullSeconds(reference);
        if (seconds !== undefined) metrics.observe("warm_images_pull_seconds", seconds);
        return logger.info("Image is warm", { reference, seconds, bytes: outcome.bytes });
      }
      case "cancelled":
        return logger.info("Pull cancelled", { reference });
      case "failed": {
        const retryAt = ledger.retryAt(reference);
        return logger.warn("Pull failed", {
          reference,
          reason: outcome.failure,
          detail: outcome.detail,
          retryAt: retryAt === undefined ? undefined : new Date(retryAt).toISOString(),
        });
      }
      default:
        outcome satisfies never;
    }
  }

  async #hasRoom(): Promise<boolean> {
    const { disk, conditions, metrics, logger } = this.#deps;
    const high = this.#options.diskHighPercent;
    const was = this.#diskIs;
    try {
      this.#disk = await disk.read();
    } catch (error) {
      const why = `Cannot tell how full the disk is, so nothing is pulled: ${error}`;
      if (was !== "unknown") logger.warn(why);
      conditions.set("disk", false, why);
      this.#disk = undefined;
      this.#diskIs = "unknown";
      return false;
    }
    conditions.set("disk", true);
    const { usedPercent } = this.#disk;
    metrics.gauge("warm_images_disk_used_percent", usedPercent);
    this.#diskIs = usedPercent >= high ? "high" : "roomy";
    if (this.#diskIs === was) return was === "roomy";
    if (this.#diskIs === "roomy") logger.info("Disk has room again", { usedPercent, high });
    else {
      logger.warn("Disk is above the mark, no pull starts until there is room", {
        usedPercent,
        high,
      });
    }
    return this.#diskIs === "roomy";
  }
}

/** A runtime must not throw; if it does, that image waits and the others go on. */
function unexpected(error: unknown): PullOutcome {
  return { result: "failed", failure: "runtime", detail: String(error).slice(0, 500) };
}
