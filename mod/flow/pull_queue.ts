import { finishesWithin } from "../async/finishes_within.ts";
import type { Clock } from "../ports/clock.ts";
import type { ImageRuntime } from "../ports/image_runtime.ts";
import type { Logger } from "../ports/logger.ts";
import type { Metrics } from "../ports/metrics.ts";
import { momentOf } from "../pure/moment.ts";
import type { ImageLedger } from "../pure/pulls/image_ledger.ts";
import { choosePulls, type PullCandidate } from "../pure/pulls/pull_choice.ts";
import type { PullOutcome } from "../pure/pulls/pull_outcome.ts";
import type { PullProgress } from "../pure/pulls/pull_progress.ts";
import type { DiskGate } from "./disk_gate.ts";
import { PullMeter } from "./pull_meter.ts";
import type { Yielding } from "./yielding.ts";

/** A disk without room is checked again after this time, while pulls wait for it. */
const ROOM_CHECK_MS = 30_000;

/** What `PullQueue` works with. */
export interface PullQueueDeps {
  readonly ledger: ImageLedger;
  readonly runtime: ImageRuntime;
  readonly diskGate: DiskGate;
  readonly yielding: Yielding;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly clock: Clock;
}

/** How `PullQueue` behaves. */
export interface PullQueueOptions {
  readonly parallel: number;
  /** How many of them may be of one registry. */
  readonly perRegistry: number;
  /** Called when a pull has ended: another may start. */
  readonly ended: (reference: string, outcome: PullOutcome) => void;
  /** Called when pulls have come so far that the report should say so. */
  readonly progressed: () => void;
}

/** Runs pulls: as many side by side as allowed, and starts none while the disk has no room. */
export class PullQueue {
  readonly #deps: PullQueueDeps;
  readonly #options: PullQueueOptions;
  readonly #running = new Map<string, RunningPull>();
  readonly #meter: PullMeter;
  readonly #stop = new AbortController();

  constructor(deps: PullQueueDeps, options: PullQueueOptions) {
    this.#deps = deps;
    this.#options = options;
    this.#meter = new PullMeter(deps.metrics);
  }

  /**
   * Starts the pulls that may start now; none once `signal` has aborted. Returns when to call it
   * again (monotonic ms) if nothing happens before.
   */
  async startPulls(signal: AbortSignal): Promise<number | undefined> {
    const { ledger, diskGate, yielding, clock } = this.#deps;
    const hasRoom = await diskGate.check(signal);
    if (signal.aborted) return undefined;
    // The first pull of an image may still run when it was unwanted and is wanted again.
    const candidates = ledger.candidates().filter(({ reference }) => !this.#running.has(reference));
    const now = clock.monotonicMs();
    const { start, nextAt } = choosePulls(candidates, {
      now,
      parallel: this.#options.parallel,
      perRegistry: this.#options.perRegistry,
      running: [...this.#running.values()].map(({ candidate }) => candidate),
      provenRepositories: ledger.warmRepositories(),
      pausedRegistries: ledger.pausedRegistries(),
    });
    if (!hasRoom) return start.length > 0 ? now + ROOM_CHECK_MS : nextAt;
    if (start.length > 0 && await yielding.holdsUp(signal)) return nextAt;
    if (signal.aborted) return undefined;
    const chosen = new Map(candidates.map((each) => [each.reference, each]));
    for (const reference of start) {
      const candidate = chosen.get(reference);
      if (candidate !== undefined) this.#start(candidate);
    }
    return nextAt;
  }

  /** Waits up to `graceMs` for running pulls to end, then cancels them. */
  async drain(graceMs: number): Promise<void> {
    if (this.#running.size === 0) return;
    const { logger } = this.#deps;
    logger.info("Waiting for running pulls to end", { pulls: this.#running.size, graceMs });
    const ended = Promise.all([...this.#running.values()].map((pull) => pull.done));
    if (await finishesWithin(ended, graceMs)) return;
    this.#stop.abort();
    await ended;
  }

  #start(candidate: PullCandidate): void {
    const { ledger, runtime, yielding, clock, logger } = this.#deps;
    const { reference, refresh } = candidate;
    const known = refresh ? candidate.digest : undefined;
    if (refresh) ledger.beginRefresh(reference, momentOf(clock));
    else ledger.beginPull(reference, momentOf(clock));
    yielding.begun();
    const progress = (each: PullProgress) => this.#progressed(reference, each);
    const options = { signal: this.#stop.signal, known, progress };
    const done = runtime.pull(reference, options).catch(thrownFailure)
      .then((outcome) => {
        this.#running.delete(reference);
        this.#meter.ended(reference);
        yielding.ended();
        if (refresh) this.#refreshed(reference, outcome);
        else {
          ledger.recordPull(reference, outcome, momentOf(clock));
          this.#account(reference, outcome);
        }
        this.#options.ended(reference, outcome);
      });
    this.#running.set(reference, { candidate, done });
    logger.debug(refresh ? "Asking whether a tag has moved" : "Pull started", { reference });
  }

  #progressed(reference: string, progress: PullProgress): void {
    if (!this.#running.has(reference)) return;
    this.#meter.progressed(reference, progress);
    const { ledger, clock } = this.#deps;
    if (ledger.recordProgress(reference, progress, momentOf(clock))) this.#options.progressed();
  }

  #refreshed(reference: string, outcome: PullOutcome): void {
    const { ledger, logger, metrics, clock } = this.#deps;
    const result = ledger.recordRefresh(reference, outcome, momentOf(clock));
    if (result === undefined) return;
    metrics.count("warm_images_refreshes_total", { result });
    if (outcome.result === "failed") {
      const { failure: reason, detail } = outcome;
      logger.debug("Could not ask whether a tag has moved", { reference, reason, detail });
    } else if (result === "moved") {
      logger.info("Image is warm again, its tag had moved", { reference });
    }
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
      case "same":
        return logger.info("Pull cancelled", { reference });
      case "failed": {
        const retryAt = this.#shownTime(ledger.retryAt(reference));
        return logger.warn("Pull failed", {
          reference,
          reason: outcome.failure,
          detail: outcome.detail,
          retryAt,
        });
      }
      default:
        outcome satisfies never;
    }
  }

  /** The time of day at which a due time (monotonic ms) comes, as clocks stand now. */
  #shownTime(at: number | undefined): string | undefined {
    if (at === undefined) return undefined;
    const { wallMs, monotonicMs } = momentOf(this.#deps.clock);
    return new Date(wallMs + at - monotonicMs).toISOString();
  }
}

interface RunningPull {
  readonly candidate: PullCandidate;
  readonly done: Promise<void>;
}

/** A runtime must not throw from a pull; if it does, that image waits and the others go on. */
function thrownFailure(error: unknown): PullOutcome {
  return { result: "failed", failure: "runtime", detail: String(error).slice(0, 500) };
}
