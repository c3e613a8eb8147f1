import { Deadline, DeadlineError } from "../async/deadline.ts";
import { pause } from "../async/delay.ts";
import { Wake } from "../async/wake.ts";
import type { Clock } from "../ports/clock.ts";
import type { DiskReading } from "../ports/disk_usage.ts";
import type { ImagePins } from "../ports/image_pins.ts";
import type { RuntimeVersion } from "../ports/image_runtime.ts";
import type { Logger } from "../ports/logger.ts";
import type { Metrics } from "../ports/metrics.ts";
import { messageOf } from "../pure/message_of.ts";
import type { ImageLedger } from "../pure/pulls/image_ledger.ts";
import {
  choosePins,
  honoursPins,
  type PinChoice,
  type PinRules,
} from "../pure/pulls/pin_choice.ts";
import { RuntimeUnavailableError } from "../pure/pulls/runtime_errors.ts";
import { fullness } from "../pure/room/disk_limits.ts";

/** Changes are gathered: each pass costs a process of ctr. */
const GATHER_MS = 10_000;
/** A failed pass is tried again after this time. */
const RETRY_MS = 60_000;
/** How long an answer may take, in ms; ctr gives up after 30 s by itself. */
const ANSWER_MS = 40_000;
/** How long taking pins back may take when the agent ends, in ms. */
const EXIT_MS = 10_000;
/** So far below the mark (percent) pins come back, so that they do not come and go at the mark. */
const BELOW_MARK_PERCENT = 2;

/** What `PinKeeper` works with. */
export interface PinKeeperDeps {
  readonly pins: ImagePins;
  readonly ledger: Pick<ImageLedger, "pinCandidates" | "wants">;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly clock: Clock;
}

/** How `PinKeeper` behaves. */
export interface PinKeeperOptions {
  readonly rules: PinRules & {
    /** Whether pins are taken back when the agent ends. */
    readonly unpinOnExit: boolean;
  };
  /** Nothing is pinned while a file system of the images is this full, in percent. */
  readonly diskHighPercent: number;
  /** How often it looks whether pulls of others have wiped pins, in ms. */
  readonly lookAgainMs: number;
  /** Whether it is known what is wanted here: before that no pin is taken back. */
  readonly isReady: () => boolean;
  /** Undefined while the runtime does not answer. */
  readonly version: () => RuntimeVersion | undefined;
  /** Undefined while it is not known how full the disk is. */
  readonly disk: () => DiskReading | undefined;
}

/** Keeps those images pinned that should be, and no others of ours. */
export class PinKeeper {
  readonly #deps: PinKeeperDeps;
  readonly #options: PinKeeperOptions;
  readonly #wake = new Wake();
  #isHigh = false;
  #failed = false;
  #toldVersion = false;

  constructor(deps: PinKeeperDeps, options: PinKeeperOptions) {
    this.#deps = deps;
    this.#options = options;
  }

  /** Asks for a look: what is wanted, warm, or the disk has changed. */
  changed(): void {
    this.#wake.call("changed");
  }

  /** Works until `signal` aborts; where nothing is to be pinned, until old pins are taken back. */
  async run(signal: AbortSignal): Promise<void> {
    const { rules } = this.#options;
    let idleMs = RETRY_MS;
    while (!signal.aborted) {
      await this.#wake.next({ signal, idleMs });
      if (signal.aborted) break;
      const done = await this.#tryPass(signal);
      if (done === "for good") return;
      idleMs = done ?? RETRY_MS;
      await pause(GATHER_MS, signal);
    }
    if (rules.which === "off" || !rules.unpinOnExit) return;
    using deadline = new Deadline(EXIT_MS, "the container runtime to take pins back");
    await this.#try(() => this.#takeAllBack(deadline.signal), deadline.signal);
  }

  /** Resolves to when the next pass is due (ms from now), undefined after a failure. */
  async #tryPass(signal: AbortSignal): Promise<number | "for good" | undefined> {
    const { rules, isReady, version, disk, lookAgainMs } = this.#options;
    const [runtime, reading] = [version(), disk()];
    if (runtime === undefined) return RETRY_MS;
    if (rules.which === "off" || !honoursPins(runtime.server)) {
      if (rules.which !== "off") this.#tellVersion(runtime);
      const done = await this.#try(() => this.#takeAllBack(signal), signal);
      if (!done) return undefined;
      return rules.which === "off" ? "for good" : lookAgainMs;
    }
    if (!isReady() || reading === undefined) return RETRY_MS;
    const now = this.#deps.clock.wallMs();
    let nextAt: number | undefined;
    const done = await this.#try(async () => {
      nextAt = await this.#pass(reading, now, signal);
    }, signal);
    return done ? Math.min(lookAgainMs, (nextAt ?? Infinity) - now) : undefined;
  }

  /** Resolves to when (ms since the epoch) the next pin ends. */
  async #pass(reading: DiskReading, now: number, signal: AbortSignal): Promise<number | undefined> {
    const { ledger } = this.#deps;
    const present = await this.#ask(signal, (options) => this.#deps.pins.list(options));
    // What was pinned before keeps its time: the agent may have been started anew since.
    const warm = ledger.pinCandidates().map((image) => {
      const before = present.get(image.reference)?.warmSince ?? Infinity;
      return { ...image, warmSince: Math.min(image.warmSince, before) };
    });
    const choice = this.#choose(warm, reading, now);
    const isWarm = new Set(warm.map(({ reference }) => reference));
    let held = 0;
    let bytes = 0;
    for (const [reference, { holds }] of present) {
      if (choice.pinned.has(reference)) continue;
      if (ledger.wants(reference) && !isWarm.has(reference)) continue; // not looked at yet
      const ended = choice.ended.has(reference);
      if (!holds && ended) continue;
      await this.#unpin(reference, ended, signal);
    }
    for (const [reference, image] of choice.pinned) {
      const isPinned = present.get(reference)?.holds || await this.#pin(image, signal);
      if (!isPinned) continue;
      held++;
      bytes += image.diskBytes;
    }
    this.#measure(held, bytes);
    return choice.nextAt;
  }

  #choose(
    warm: Parameters<typeof choosePins>[0],
    reading: DiskReading,
    now: number,
  ): PinChoice {
    const { rules, diskHighPercent } = this.#options;
    const mark = this.#isHigh ? diskHighPercent - BELOW_MARK_PERCENT : diskHighPercent;
    const isHigh = fullness(reading, { diskHighPercent: mark }) !== undefined;
    if (isHigh !== this.#isHigh) {
      this.#deps.logger.info(
        isHigh ? "Took pins back, the disk is above the mark" : "Pins again, the disk has room",
        { highPercent: diskHighPercent },
      );
    }
    this.#isHigh = isHigh;
    const choice = choosePins(warm, rules, now);
    return isHigh ? { ...choice, pinned: new Map() } : choice;
  }

  async #pin(
    { reference, warmSince }: { readonly reference: string; readonly warmSince: number },
    signal: AbortSignal,
  ): Promise<boolean> {
    const isOurs = await this.#ask(
      signal,
      (options) => this.#deps.pins.pin(reference, { ...options, warmSince }),
    );
    if (isOurs) this.#deps.logger.debug("Pinned an image", { reference });
    return isOurs;
  }

  async #unpin(reference: string, ended: boolean, signal: AbortSignal): Promise<void> {
    await this.#ask(signal, (options) => this.#deps.pins.unpin(reference, { ...options, ended }));
    this.#deps.logger.debug("Took a pin back", { reference });
  }

  async #takeAllBack(signal: AbortSignal): Promise<void> {
    const present = await this.#ask(signal, (options) => this.#deps.pins.list(options));
    for (const reference of present.keys()) await this.#unpin(reference, false, signal);
    this.#measure(0, 0);
  }

  #measure(pinned: number, bytes: number): void {
    this.#deps.metrics.gauge("warm_images_pinned", pinned);
    this.#deps.metrics.gauge("warm_images_pinned_bytes", bytes);
  }

  #tellVersion({ server }: RuntimeVersion): void {
    if (this.#toldVersion) return;
    this.#toldVersion = true;
    this.#deps.logger.warn("Pins nothing, as containerd heeds pins from 1.7 on", { server });
  }

  /** Whether it went well; what goes wrong is told once, until it goes well again. */
  async #try(task: () => Promise<void>, signal: AbortSignal): Promise<boolean> {
    try {
      await task();
      this.#failed = false;
    } catch (error) {
      const isExpected = error instanceof RuntimeUnavailableError || error instanceof DeadlineError;
      if (!isExpected && !signal.aborted) throw error;
      if (!isExpected) return false;
      if (!this.#failed) {
        this.#deps.logger.warn("Could not pin images, trying again", { error: messageOf(error) });
      }
      this.#failed = true;
      return false;
    }
    return true;
  }

  async #ask<T>(
    signal: AbortSignal,
    question: (options: { readonly signal: AbortSignal }) => Promise<T>,
  ): Promise<T> {
    using deadline = new Deadline(ANSWER_MS, "the container runtime to answer about pins", signal);
    return await question({ signal: deadline.signal });
  }
}
