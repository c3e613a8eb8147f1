import { Deadline } from "../async/deadline.ts";
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
import type { RoomRules } from "../pure/room/room.ts";
import type { DiskGate } from "./disk_gate.ts";
import { PullMeter } from "./pull_meter.ts";
import { PullRoom } from "./pull_room.ts";
import { RoomWatch } from "./room_watch.ts";
import { RunningPull, RunningPulls } from "./running_pulls.ts";
import type { Yielding } from "./yielding.ts";

/** A disk without room is checked again after this time, while pulls wait for it. */
const ROOM_CHECK_MS = 30_000;
/** How long giving up what a pull has left may take, in ms. */
const DISCARD_MS = 60_000;
/** What a pull has left is given up when the next try is further away, in ms. */
const KEEP_MS = 10 * 60_000;

/** What `PullQueue` works with. */
export interface PullQueueDeps {
  readonly ledger: ImageLedger;
  readonly runtime: ImageRuntime;
  readonly diskGate: DiskGate;
  readonly yielding: Yielding;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly random: () => number;
}

/** How `PullQueue` behaves. */
export interface PullQueueOptions {
  readonly parallel: number;
  /** How many of them may be of one registry. */
  readonly perRegistry: number;
  readonly rules: RoomRules;
  /** Called when a pull has ended: another may start. */
  readonly ended: (reference: string, outcome: PullOutcome) => void;
  /** Called when pulls have come so far that the report should say so. */
  readonly progressed: () => void;
}

/** Runs pulls: as many side by side as allowed, and none for which the disk has no room. */
export class PullQueue {
  readonly #deps: PullQueueDeps;
  readonly #options: PullQueueOptions;
  readonly #running = new RunningPulls();
  readonly #meter: PullMeter;
  readonly #room: PullRoom;
  readonly #watch: RoomWatch;
  /** Images of which ended pulls may have left something. */
  readonly #leftovers = new Set<string>();
  /** Images whose leftovers are being given up. */
  readonly #discarding = new Map<string, Promise<void>>();
  readonly #stop = new AbortController();
  #hasLooked = false;
  #wanted: ReadonlyMap<string, unknown> = new Map();

  constructor(deps: PullQueueDeps, options: PullQueueOptions) {
    this.#deps = deps;
    this.#options = options;
    this.#meter = new PullMeter(deps.metrics);
    this.#room = new PullRoom(deps, options.rules);
    this.#watch = new RoomWatch({ ...deps, room: this.#room, running: this.#running });
  }

  /** Learns, once, what pulls of an earlier agent have left; what is wanted is kept. Does not throw. */
  async findLeftovers(): Promise<void> {
    if (this.#hasLooked) return;
    this.#hasLooked = true;
    for (const reference of await this.#deps.runtime.leftovers()) this.#leftovers.add(reference);
    this.#discardUnwanted();
  }

  /** Gives up what pulls have left of images that are not in `wanted`; running pulls may finish. */
  keepOnly(wanted: ReadonlyMap<string, unknown>): void {
    this.#wanted = wanted;
    this.#room.keepOnly((reference) => wanted.has(reference));
    this.#discardUnwanted();
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
    const idle = ledger.candidates().filter(({ reference }) =>
      !this.#running.has(reference) && !this.#discarding.has(reference)
    );
    const candidates = this.#withRoom(idle);
    const now = clock.monotonicMs();
    const { start, nextAt } = choosePulls(candidates, {
      now,
      parallel: this.#options.parallel,
      perRegistry: this.#options.perRegistry,
      running: this.#running.candidates(),
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
    const { logger } = this.#deps;
    const pulls = this.#running.size;
    if (pulls > 0) logger.info("Waiting for running pulls to end", { pulls, graceMs });
    const ended = Promise.all([this.#running.ended(), ...this.#discarding.values()]);
    if (!await finishesWithin(ended, graceMs)) this.#stop.abort();
    await ended;
    await this.#watch.stop();
  }

  /** Those for which there may be room; the others are told as left out. */
  #withRoom(candidates: readonly PullCandidate[]): readonly PullCandidate[] {
    const { ledger, clock, logger } = this.#deps;
    const { may, leftOut } = this.#room.part(candidates);
    for (const [reference, detail] of leftOut) {
      const now = momentOf(clock);
      ledger.beginPull(reference, now);
      ledger.recordPull(reference, { result: "failed", failure: "no_room", detail }, now);
      logger.info("Left out an image, there is no room for it", { reference, detail });
    }
    return may;
  }

  #start(candidate: PullCandidate): void {
    const { ledger, clock, logger } = this.#deps;
    const { reference, refresh } = candidate;
    if (refresh) ledger.beginRefresh(reference, momentOf(clock));
    else ledger.beginPull(reference, momentOf(clock));
    logger.debug(refresh ? "Asking whether a tag has moved" : "Pull started", { reference });
    const pull = new RunningPull(candidate);
    this.#running.add(pull);
    pull.done = this.#run(pull);
    this.#watch.start();
  }

  async #run(pull: RunningPull): Promise<void> {
    const { ledger, clock } = this.#deps;
    const { reference, refresh } = pull.candidate;
    const outcome = await this.#pull(pull);
    if (refresh) this.#refreshed(reference, outcome);
    else {
      ledger.recordPull(reference, outcome, momentOf(clock));
      this.#account(reference, outcome);
    }
    await this.#settle(pull, outcome);
    this.#running.delete(reference);
    if (this.#running.size === 0) this.#watch.stop();
    this.#options.ended(reference, outcome);
  }

  async #pull(pull: RunningPull): Promise<PullOutcome> {
    const { runtime, yielding } = this.#deps;
    const { reference, refresh, digest } = pull.candidate;
    const signal = AbortSignal.any([this.#stop.signal, pull.signal]);
    using reservation = this.#room.reserve(pull.candidate, signal);
    using _busy = yielding.begun();
    using metered = this.#meter.begun();
    const outcome = await runtime.pull(reference, {
      signal,
      known: refresh ? digest : undefined,
      admit: (size) => reservation.admit(size),
      progress: (progress) => {
        reservation.arrived(progress.bytes);
        metered.progressed(progress);
        this.#progressed(reference, progress);
      },
    }).catch(thrownFailure);
    if (outcome.result === "pulled") this.#room.pulled(reference);
    if (outcome.result === "failed") {
      if (outcome.failure === "no_room" && reservation.waits()) return { result: "cancelled" };
      if (outcome.failure === "disk_full") this.#room.ended(reference);
    }
    const { endedFor } = pull;
    if (outcome.result !== "cancelled" || endedFor === undefined) return outcome;
    this.#room.ended(reference);
    return { result: "failed", failure: "no_room", detail: endedFor };
  }

  /** Keeps what a pull has left for the next try, unless that is far away or uncertain. */
  async #settle({ candidate, endedFor }: RunningPull, outcome: PullOutcome): Promise<void> {
    const { ledger, clock } = this.#deps;
    const { reference } = candidate;
    if (outcome.result === "pulled") return void this.#leftovers.delete(reference);
    if (outcome.result === "same") return;
    const failure = outcome.result === "failed" ? outcome.failure : undefined;
    const hasBegun = failure !== "no_room" || endedFor !== undefined;
    if (hasBegun) this.#leftovers.add(reference);
    if (!this.#leftovers.has(reference)) return;
    const waitMs = (ledger.retryAt(reference) ?? 0) - clock.monotonicMs();
    const isFull = failure === "no_room" || failure === "disk_full";
    const isAwaited = this.#wanted.has(reference) && waitMs <= KEEP_MS;
    if (isAwaited && endedFor === undefined && !isFull) return;
    await this.#discard(reference);
  }

  #discardUnwanted(): void {
    for (const reference of this.#leftovers) {
      if (!this.#wanted.has(reference) && !this.#running.has(reference)) this.#discard(reference);
    }
  }

  #discard(reference: string): Promise<void> {
    this.#leftovers.delete(reference);
    const discarding = this.#discardNow(reference).finally(() =>
      this.#discarding.delete(reference)
    );
    this.#discarding.set(reference, discarding);
    return discarding;
  }

  async #discardNow(reference: string): Promise<void> {
    using deadline = new Deadline(DISCARD_MS, "the runtime to give up a pull", this.#stop.signal);
    await this.#deps.runtime.discard(reference, { signal: deadline.signal });
  }

  #progressed(reference: string, progress: PullProgress): void {
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
        if (outcome.failure === "no_room") {
          const { detail } = outcome;
          return logger.info("Left out an image, there is no room for it", { reference, detail });
        }
        const retryAt = this.#shownTime(ledger.retryAt(reference));
        // Said once for all images, where the snapshotter is found.
        const level = outcome.failure === "lazy_snapshotter" ? "debug" : "warn";
        return logger[level]("Pull failed", {
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

/** A runtime must not throw from a pull; if it does, that image waits and the others go on. */
function thrownFailure(error: unknown): PullOutcome {
  return { result: "failed", failure: "runtime", detail: String(error).slice(0, 500) };
}
