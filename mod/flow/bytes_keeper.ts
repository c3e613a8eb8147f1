import { Deadline, DeadlineError } from "../async/deadline.ts";
import { pause } from "../async/delay.ts";
import { Wake } from "../async/wake.ts";
import type { Clock } from "../ports/clock.ts";
import type { DiskReading } from "../ports/disk_usage.ts";
import type { ImageBytes } from "../ports/image_bytes.ts";
import type { Logger } from "../ports/logger.ts";
import type { Metrics } from "../ports/metrics.ts";
import { jittered } from "../pure/backoff.ts";
import { messageOf } from "../pure/message_of.ts";
import { isMissedAfterwards, leastUrgentFirst } from "../pure/private_images/bytes_order.ts";
import type { ImageLedger } from "../pure/pulls/image_ledger.ts";
import { RuntimeUnavailableError } from "../pure/pulls/runtime_errors.ts";
import { fullness } from "../pure/room/disk_limits.ts";

/** Changes are gathered: each look costs a process of ctr. */
const GATHER_MS = 5_000;
/** A failed pass is tried again after this time; so is a disk above the mark. */
const RETRY_MS = 60_000;
/** How long an answer may take, in ms; giving up bytes waits until containerd has freed them. */
const ANSWER_MS = 120_000;
/**
 * What nothing wants any more is kept for so long: a controller that starts anew, and nodes whose
 * labels change and change back, cost no bytes.
 */
const GRACE_MS = 10 * 60_000;
/** Where it is not known yet what is wanted, a disk above the mark is given so long, in ms. */
const UNREADY_MS = 2 * 60_000;

/** What `BytesKeeper` works with. */
export interface BytesKeeperDeps {
  readonly bytes: ImageBytes;
  readonly ledger: Pick<
    ImageLedger,
    "isHelpedByBytes" | "keptAsBytes" | "look" | "urgencyOf" | "wants"
  >;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly random: () => number;
}

/** How `BytesKeeper` behaves. */
export interface BytesKeeperOptions {
  /** Above this share of a file system of the images, in percent, all bytes are given up. */
  readonly diskHighPercent: number;
  /** How often it looks what is kept, in ms. */
  readonly lookAgainMs: number;
  /** Whether it is known what is wanted here: before that nothing is unwanted. */
  readonly isReady: () => boolean;
  /** How long unwanted bytes are kept at least, in ms: longer where nothing at all is wanted. */
  readonly leastGraceMs: () => number;
  /** Whether the runtime answers: else it is not asked. */
  readonly isAnswered: () => boolean;
  /** Undefined while it is not known how full the disk is. */
  readonly disk: () => DiskReading | undefined;
  /** Reads the disk anew. */
  readonly readDisk: (signal: AbortSignal) => Promise<unknown>;
  /** Whether a pull of the image runs, which may use its bytes. */
  readonly isPulling: (reference: string) => boolean;
  /** Called when bytes by which an image is warm are not there. */
  readonly missing: (reference: string) => void;
  /** Called when bytes of a wanted image were given up, with why, for a person. */
  readonly gaveUp: (reference: string, detail: string) => void;
}

/**
 * Gives up bytes that are kept for nothing any more, and those for which the disk has no room: only
 * the agent can free them, as kubelet does not see them.
 */
export class BytesKeeper {
  readonly #deps: BytesKeeperDeps;
  readonly #options: BytesKeeperOptions;
  readonly #wake = new Wake();
  /** What is kept, and its bytes; undefined before the first look. */
  #kept: Map<string, number> | undefined;
  #lookAt = 0;
  /** Since when (monotonic ms) bytes are of no use, and when they go. */
  readonly #goesAt = new Map<string, { readonly since: number; readonly jitter: number }>();
  #startedAt: number | undefined;
  #failed = false;

  constructor(deps: BytesKeeperDeps, options: BytesKeeperOptions) {
    this.#deps = deps;
    this.#options = options;
  }

  /** Asks for a look: what is wanted, warm, or the disk has changed. */
  changed(): void {
    this.#wake.call("changed");
  }

  /** Works until `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    this.#startedAt = this.#now();
    let idleMs = 0;
    while (!signal.aborted) {
      await this.#wake.next({ signal, idleMs });
      if (signal.aborted) return;
      idleMs = this.#options.isAnswered() ? await this.#tryPass(signal) : RETRY_MS;
      await pause(GATHER_MS, signal);
    }
  }

  /** Resolves to when the next pass is due, in ms from now. */
  async #tryPass(signal: AbortSignal): Promise<number> {
    try {
      await this.#look(signal);
      await this.#giveUpUnwanted(signal);
      await this.#makeRoom(signal);
      this.#measure();
      this.#failed = false;
    } catch (error) {
      if (signal.aborted) return 0;
      if (!(error instanceof RuntimeUnavailableError || error instanceof DeadlineError)) {
        throw error;
      }
      if (!this.#failed) {
        this.#deps.logger.warn("Could not look after kept bytes, trying again", {
          error: messageOf(error),
        });
      }
      this.#failed = true;
      this.#lookAt = 0;
      return RETRY_MS;
    }
    return this.#idleMs();
  }

  /** Asks what is kept, where that may have changed. */
  async #look(signal: AbortSignal): Promise<void> {
    const { ledger, random } = this.#deps;
    const kept = this.#kept;
    const isNews = kept === undefined || ledger.keptAsBytes().some((each) => !kept.has(each));
    if (!isNews && this.#now() < this.#lookAt) return;
    this.#kept = new Map(await this.#ask(signal, (options) => this.#deps.bytes.list(options)));
    this.#lookAt = this.#now() + jittered(this.#options.lookAgainMs, random);
    for (const reference of ledger.keptAsBytes()) {
      if (!this.#kept.has(reference)) this.#options.missing(reference);
    }
  }

  async #giveUpUnwanted(signal: AbortSignal): Promise<void> {
    if (!this.#options.isReady()) return;
    const { ledger, random } = this.#deps;
    const kept = this.#kept ?? new Map();
    for (const reference of this.#goesAt.keys()) {
      if (!kept.has(reference) || ledger.isHelpedByBytes(reference)) this.#goesAt.delete(reference);
    }
    for (const reference of kept.keys()) {
      if (this.#goesAt.has(reference) || ledger.isHelpedByBytes(reference)) continue;
      this.#goesAt.set(reference, { since: this.#now(), jitter: 1 + random() / 2 });
    }
    const due = [...this.#goesAt.keys()].filter((each) =>
      this.#goesInMs(each) <= 0 && !this.#options.isPulling(each)
    );
    if (due.length === 0) return;
    await this.#remove(due, signal);
    this.#deps.logger.info("Gave up bytes that nothing wants here", { images: due.length });
  }

  /** One after the other, as layers that images share are free only with the last of them. */
  async #makeRoom(signal: AbortSignal): Promise<void> {
    const { ledger, logger } = this.#deps;
    const { isReady, isPulling, readDisk, gaveUp } = this.#options;
    const waitedMs = this.#now() - (this.#startedAt ?? 0);
    if (!isReady() && waitedMs < UNREADY_MS) return;
    while (!signal.aborted && this.#fullness() !== undefined) {
      await readDisk(signal); // what was read for a pass may be a minute old
      const why = this.#fullness();
      const free = [...this.#kept?.keys() ?? []].filter((reference) => !isPulling(reference));
      const [reference] = leastUrgentFirst(free, ledger);
      if (why === undefined || reference === undefined) return;
      const isMissed = isMissedAfterwards(reference, ledger);
      await this.#remove([reference], signal);
      logger.warn("Gave up the bytes of an image, the disk is above the mark", { reference, why });
      if (isMissed) gaveUp(reference, why);
      await readDisk(signal);
    }
  }

  async #remove(references: readonly string[], signal: AbortSignal): Promise<void> {
    await this.#ask(signal, (options) => this.#deps.bytes.remove(references, options));
    for (const reference of references) {
      this.#kept?.delete(reference);
      this.#goesAt.delete(reference);
    }
  }

  #fullness(): string | undefined {
    const reading = this.#options.disk();
    return reading && fullness(reading, this.#options);
  }

  #goesInMs(reference: string): number {
    const { since, jitter } = this.#goesAt.get(reference) ?? { since: Infinity, jitter: 1 };
    const graceMs = Math.max(GRACE_MS, this.#options.leastGraceMs());
    return since + graceMs * jitter - this.#now();
  }

  #idleMs(): number {
    const { isReady } = this.#options;
    const hasMore = (this.#kept?.size ?? 0) > 0 && (!isReady() || this.#fullness() !== undefined);
    return Math.max(
      0,
      Math.min(
        this.#lookAt - this.#now(),
        hasMore ? RETRY_MS : Infinity,
        ...this.#goesAt.keys().map((each) => Math.max(RETRY_MS / 2, this.#goesInMs(each))),
      ),
    );
  }

  #measure(): void {
    let bytes = 0;
    for (const each of this.#kept?.values() ?? []) bytes += each;
    this.#deps.metrics.gauge("warm_images_kept_bytes", bytes);
  }

  #now(): number {
    return this.#deps.clock.monotonicMs();
  }

  async #ask<T>(
    signal: AbortSignal,
    question: (options: { readonly signal: AbortSignal }) => Promise<T>,
  ): Promise<T> {
    using deadline = new Deadline(ANSWER_MS, "the container runtime to answer of bytes", signal);
    return await question({ signal: deadline.signal });
  }
}
