import { finishesWithin } from "../async/finishes_within.ts";
import type { Clock } from "../ports/clock.ts";
import type { ImageRuntime } from "../ports/image_runtime.ts";
import type { Logger } from "../ports/logger.ts";
import type { Metrics } from "../ports/metrics.ts";
import type { WantedValue } from "../pure/bucket/wire.ts";
import { momentOf } from "../pure/moment.ts";
import type { ImageLedger } from "../pure/pulls/image_ledger.ts";
import { choosePulls, type PullCandidate } from "../pure/pulls/pull_choice.ts";
import type { PullOutcome } from "../pure/pulls/pull_outcome.ts";
import type { PullProgress } from "../pure/pulls/pull_progress.ts";
import { grantsOf } from "../pure/private_images/uses_here.ts";
import { privateOutcome } from "../pure/private_images/private_outcome.ts";
import type { RoomRules } from "../pure/room/disk_limits.ts";
import type { DiskGate } from "./disk_gate.ts";
import { Leftovers } from "./leftovers.ts";
import type { LoginsForPull, OwnLogins } from "./own_logins.ts";
import { PullMeter } from "./pull_meter.ts";
import { PullRecord } from "./pull_record.ts";
import { PullRoom } from "./pull_room.ts";
import { RoomWatch } from "./room_watch.ts";
import { RunningPull, RunningPulls } from "./running_pulls.ts";
import type { UsesKeeper } from "./uses_keeper.ts";
import type { Yielding } from "./yielding.ts";

/** A disk without room is checked again after this time, while pulls wait for it. */
const ROOM_CHECK_MS = 30_000;

/** What `PullQueue` works with. */
export interface PullQueueDeps {
  readonly ledger: ImageLedger;
  readonly uses: Pick<UsesKeeper, "pulled">;
  readonly runtime: ImageRuntime;
  readonly logins: OwnLogins;
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
  /** Whether pulls go by the relay, which alone uses logins. */
  readonly hasRelay: boolean;
  /** Place of an image among those that the node needs before it takes pods; else undefined. */
  readonly placeOfDue: (reference: string) => number | undefined;
  /** Called when a pull has ended: another may start. */
  readonly ended: (reference: string, outcome: PullOutcome) => void;
  /** Called when pulls have come so far that the report should say so, or to their end. */
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
  readonly #record: PullRecord;
  readonly #stop = new AbortController();
  readonly #leftovers: Leftovers;
  #wanted: ReadonlyMap<string, WantedValue> = new Map();

  constructor(deps: PullQueueDeps, options: PullQueueOptions) {
    this.#deps = deps;
    this.#options = options;
    this.#meter = new PullMeter(deps.metrics);
    this.#record = new PullRecord(deps);
    this.#leftovers = new Leftovers(deps.runtime, this.#stop.signal);
    this.#room = new PullRoom(deps, options.rules);
    this.#watch = new RoomWatch({ ...deps, room: this.#room, running: this.#running });
  }

  /** Learns, once, what pulls of an earlier agent have left; what is wanted is kept. Does not throw. */
  async findLeftovers(): Promise<void> {
    await this.#leftovers.find();
    this.#discardUnwanted();
  }

  /**
   * Gives up what pulls have left of images that are not in `wanted`; running pulls may finish, but
   * for those that may use a login which is not theirs any more.
   */
  keepOnly(wanted: ReadonlyMap<string, WantedValue>): void {
    this.#wanted = wanted;
    this.#endForbidden();
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
      !this.#running.has(reference) && !this.#leftovers.isDiscarding(reference)
    ).map((each) => this.#inPlace(each));
    const candidates = this.#withRoom(idle);
    const now = clock.monotonicMs();
    const { start, nextAt } = choosePulls(candidates, {
      now,
      parallel: this.#options.parallel,
      perRegistry: this.#options.perRegistry,
      running: this.#running.candidates().map((each) => this.#inPlace(each)),
      provenRepositories: ledger.warmRepositories(),
      pausedRegistries: ledger.pausedRegistries(),
    });
    if (!hasRoom) {
      this.#makeRoom();
      return start.length > 0 ? now + ROOM_CHECK_MS : nextAt;
    }
    if (start.length > 0 && await yielding.holdsUp(signal)) return nextAt;
    if (signal.aborted) return undefined;
    const chosen = new Map(candidates.map((each) => [each.reference, each]));
    for (const reference of start) {
      const candidate = chosen.get(reference);
      if (candidate !== undefined) this.#start(candidate);
    }
    return nextAt;
  }

  /** Whether a pull of the image runs. */
  isPulling(reference: string): boolean {
    return this.#running.has(reference);
  }

  /** Whether a pull runs that may keep the bytes of its image. */
  get mayKeepBytes(): boolean {
    return this.#running.all().some(({ grants }) => grants.has("bytes"));
  }

  /** Takes in that the bytes of an image were given up for want of room; it comes back after a pause. */
  gaveUp(reference: string, detail: string): void {
    this.#room.ended(reference);
    this.#record.leftOut(reference, detail);
    this.#deps.ledger.markStale(reference); // a check that is under way may still have seen them
  }

  /** Waits up to `graceMs` for running pulls to end, then cancels them. */
  async drain(graceMs: number): Promise<void> {
    const { logger } = this.#deps;
    const pulls = this.#running.size;
    if (pulls > 0) logger.info("Waiting for running pulls to end", { pulls, graceMs });
    const ended = Promise.all([this.#running.ended(), this.#leftovers.settled()]);
    if (!await finishesWithin(ended, graceMs)) this.#stop.abort();
    await ended;
    await this.#watch.stop();
  }

  #inPlace(candidate: PullCandidate): PullCandidate {
    if (candidate.refresh) return candidate; // it is here
    return { ...candidate, due: this.#options.placeOfDue(candidate.reference) };
  }

  /** Those for which there may be room; the others are told as left out. */
  #withRoom(candidates: readonly PullCandidate[]): readonly PullCandidate[] {
    const { may, leftOut } = this.#room.part(candidates);
    for (const [reference, detail] of leftOut) {
      this.#record.leftOut(reference, detail);
      this.#leftovers.giveUp(reference);
    }
    return may;
  }

  #start(candidate: PullCandidate): void {
    this.#record.begun(candidate);
    const pull = new RunningPull(candidate);
    this.#running.add(pull);
    pull.done = this.#run(pull);
    this.#watch.start();
  }

  async #run(pull: RunningPull): Promise<void> {
    const { candidate } = pull;
    const outcome = await this.#pull(pull);
    this.#record.ended(candidate, outcome);
    this.#options.progressed(); // before what it has left is given up, which may take seconds
    if (!candidate.refresh) this.#meter.ended(candidate.registry, outcome);
    await this.#settle(pull, outcome);
    const { reference } = candidate;
    this.#running.delete(reference);
    if (this.#running.size === 0) this.#watch.stop();
    this.#options.ended(reference, outcome);
  }

  async #pull(pull: RunningPull): Promise<PullOutcome> {
    const { runtime, yielding, ledger } = this.#deps;
    const { reference, refresh, digest } = pull.candidate;
    pull.grants = grantsOf(ledger.usesOf(reference));
    const before = this.#loginsFor(reference);
    const signal = AbortSignal.any([this.#stop.signal, pull.signal]);
    using reservation = this.#room.reserve(pull.candidate, signal);
    using _busy = yielding.begun();
    using metered = this.#meter.begun(pull.candidate.registry);
    const outcome = await runtime.pull(reference, {
      signal,
      known: refresh ? digest : undefined,
      logins: before.logins,
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
    if (outcome.result !== "cancelled" || endedFor === undefined) {
      return this.#withLogins(reference, outcome, before);
    }
    this.#room.ended(reference);
    return { result: "failed", failure: "no_room", detail: endedFor };
  }

  #loginsFor(reference: string): LoginsForPull {
    return this.#deps.logins.of(reference, this.#wanted.get(reference)?.private);
  }

  /** What the end of a pull means with the logins that it had, and those that have come meanwhile. */
  #withLogins(reference: string, outcome: PullOutcome, before: LoginsForPull): PullOutcome {
    const { awaited } = this.#loginsFor(reference);
    const isRefused = outcome.result === "failed" &&
      (outcome.failure === "denied" || outcome.failure === "not_found");
    if (isRefused && awaited.length < before.awaited.length) return { result: "cancelled" };
    const tried = before.logins.filter(({ as }) => as !== undefined).map(({ from }) => from);
    const mayUseLogin = (this.#deps.ledger.usesOf(reference) ?? []).length > 0;
    const { hasRelay } = this.#options;
    return privateOutcome(outcome, { tried, awaited, mayUseLogin, hasRelay });
  }

  /** Ends the pulls that began with a login which may not open their image any more. */
  #endForbidden(): void {
    for (const pull of this.#running.all()) {
      const grants = grantsOf(this.#wanted.get(pull.candidate.reference)?.private);
      if (!grants.isSupersetOf(pull.grants)) pull.cancel();
    }
  }

  async #settle({ candidate, endedFor }: RunningPull, outcome: PullOutcome): Promise<void> {
    const { ledger, clock } = this.#deps;
    const { reference } = candidate;
    await this.#leftovers.settle(reference, {
      outcome,
      ranFull: endedFor !== undefined,
      isWanted: this.#wanted.has(reference),
      waitMs: (ledger.retryAt(reference) ?? 0) - clock.monotonicMs(),
    });
  }

  /** While nothing may start, no next try uses what is left, and it may be what fills the disk. */
  #makeRoom(): void {
    if (this.#deps.diskGate.reading === undefined) return; // nobody knows whether it is full
    this.#leftovers.keepOnly((reference) => this.#running.has(reference));
  }

  #discardUnwanted(): void {
    this.#leftovers.keepOnly((each) => this.#wanted.has(each) || this.#running.has(each));
  }

  #progressed(reference: string, progress: PullProgress): void {
    const { ledger, clock } = this.#deps;
    if (ledger.recordProgress(reference, progress, momentOf(clock))) this.#options.progressed();
  }
}

/** A runtime must not throw from a pull; if it does, that image waits and the others go on. */
function thrownFailure(error: unknown): PullOutcome {
  return { result: "failed", failure: "runtime", detail: String(error).slice(0, 500) };
}
