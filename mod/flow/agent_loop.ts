import { delay } from "@std/async/delay";
import type { Conditions } from "../ports/conditions.ts";
import type { DiskUsage, ImageRuntime, RuntimeVersion } from "../ports/image_runtime.ts";
import type { Logger } from "../ports/logger.ts";
import type { Metrics } from "../ports/metrics.ts";
import type { StateStore } from "../ports/state_store.ts";
import { backoffMs, jittered } from "../pure/pulls/backoff.ts";
import { ImageLedger } from "../pure/pulls/image_ledger.ts";
import type { ObservedNode } from "../pure/wants/observed.ts";
import { type PullFailure, rulesOfFailure } from "../pure/pulls/pull_outcome.ts";
import { PULL_SCHEDULE, type PullSchedule } from "../pure/pulls/pull_schedule.ts";
import { RuntimeUnavailableError } from "../pure/pulls/runtime_errors.ts";
import { VERSION } from "../pure/version.ts";
import type { ReportValue } from "../pure/bucket/wire.ts";
import { PullQueue } from "./pull_queue.ts";
import { ReportWriter } from "./report_writer.ts";
import { together } from "./together.ts";
import { Wake } from "./wake.ts";
import { WantedHere } from "./wanted_here.ts";

const BEAT_MS = 5_000;
/** The runtime is asked for its version at least this often, so that readiness notices its death. */
const PROBE_MS = 60_000;
/** References per question to the runtime: first answers come early, and pulls begin. */
const LOOK_BATCH = 100;
const RUNTIME_BACKOFF = { baseMs: 1_000, maxMs: 15_000 };
/** How long running pulls may go on after the signal to stop. */
const GRACE_MS = 10_000;

/** The outside things an agent works with. */
export interface AgentParts {
  readonly store: StateStore;
  readonly runtime: ImageRuntime;
  readonly disk: DiskUsage;
  readonly logger: Logger;
  readonly conditions: Conditions;
  readonly metrics: Metrics;
}

/** How an agent behaves. */
export interface AgentOptions {
  readonly signal: AbortSignal;
  /** What the agent knows of its own node. */
  readonly self: ObservedNode;
  readonly pullParallel: number;
  readonly diskHighPercent: number;
  readonly lookAgainMs: number;
  readonly schedule?: PullSchedule;
  readonly graceMs?: number;
  readonly random?: () => number;
}

/** Keeps what is wanted present on this node, and reports, until `signal` aborts. */
export async function runAgent(parts: AgentParts, options: AgentOptions): Promise<void> {
  await new Agent(parts, options).run();
}

class Agent {
  readonly #parts: AgentParts;
  readonly #options: AgentOptions;
  readonly #random: () => number;
  readonly #wake = new Wake();
  readonly #ledger: ImageLedger;
  readonly #wantedHere: WantedHere;
  readonly #queue: PullQueue;
  readonly #reports: ReportWriter;
  #version: RuntimeVersion | undefined;
  #probeAt = 0;
  #runtimeAnswers = false;
  #runtimeFailures = 0;
  #reported = "";

  constructor(parts: AgentParts, options: AgentOptions) {
    this.#parts = parts;
    this.#options = options;
    this.#random = options.random ?? Math.random;
    const schedule = options.schedule ?? PULL_SCHEDULE;
    this.#ledger = new ImageLedger({ schedule, random: this.#random });
    this.#wantedHere = new WantedHere(parts, options.self);
    this.#queue = new PullQueue({ ...parts, ledger: this.#ledger }, {
      parallel: options.pullParallel,
      diskHighPercent: options.diskHighPercent,
      ended: () => this.#wake.call("pull ended"),
    });
    this.#reports = new ReportWriter(parts.store, parts.logger, () => this.#report());
    parts.conditions.set("runtime", false, "Has not asked the container runtime yet");
  }

  async run(): Promise<void> {
    const worked = new AbortController();
    await together(this.#options.signal, [
      (signal) => this.#wantedHere.follow({ signal, changed: (cause) => this.#bucket(cause) }),
      (signal) => this.#followRuntime(signal),
      (signal) => this.#lookAgain(signal),
      (signal) => this.#beat(signal),
      (signal) => this.#work(signal).finally(() => worked.abort()),
      () => this.#reports.run(worked.signal), // the last report comes after the last pull
    ]);
  }

  async #work(signal: AbortSignal): Promise<void> {
    try {
      let nextAt: number | undefined;
      while (!signal.aborted) {
        const idleMs = Math.max(0, Math.min(nextAt ?? Infinity, this.#probeAt) - Date.now());
        const causes = await this.#wake.next({ signal, idleMs });
        if (signal.aborted) break;
        this.#parts.logger.debug("Woke", { causes: causes.join(", ") || "time" });
        nextAt = await this.#pass(signal);
        this.#publish();
      }
    } finally {
      await this.#queue.drain(this.#options.graceMs ?? GRACE_MS);
      this.#publish();
    }
  }

  /** One look at the truth and what follows from it; returns when the next is due. */
  async #pass(signal: AbortSignal): Promise<number | undefined> {
    const wanted = this.#wantedHere.wanted();
    if (wanted) this.#ledger.want(wanted, Date.now());
    if (this.#runtimeFailures > 0 && Date.now() < this.#probeAt) return this.#probeAt;
    try {
      if (Date.now() >= this.#probeAt) await this.#probe(signal);
      await this.#look(signal);
    } catch (error) {
      if (signal.aborted) return undefined;
      if (!(error instanceof RuntimeUnavailableError)) throw error;
      return this.#runtimeFailed(error);
    }
    this.#runtimeAnswered();
    return await this.#queue.startPulls(signal);
  }

  async #probe(signal: AbortSignal): Promise<void> {
    this.#version = await this.#parts.runtime.version({ signal });
    this.#probeAt = Date.now() + PROBE_MS;
  }

  /** Only after every question was answered: one that answers some of them is not well. */
  #runtimeAnswered(): void {
    if (!this.#runtimeAnswers) {
      this.#parts.logger.info("Container runtime answers", { ...this.#version });
    }
    this.#runtimeAnswers = true;
    this.#runtimeFailures = 0;
    this.#parts.conditions.set("runtime", true);
  }

  /** Asks the runtime about images it was not asked about; pulls may start between batches. */
  async #look(signal: AbortSignal): Promise<void> {
    const references = this.#ledger.unlooked();
    for (let at = 0; at < references.length; at += LOOK_BATCH) {
      const batch = references.slice(at, at + LOOK_BATCH);
      const found = await this.#parts.runtime.look(batch, { signal });
      for (const [reference, presence] of found) {
        this.#ledger.looked(reference, presence, Date.now());
      }
      await this.#queue.startPulls(signal);
      this.#publish();
    }
  }

  #runtimeFailed(error: RuntimeUnavailableError): number {
    if (this.#runtimeFailures === 0) {
      this.#parts.logger.warn("Container runtime does not answer, trying again", {
        error: error.message,
      });
    }
    this.#version = undefined;
    this.#runtimeAnswers = false;
    this.#ledger.doubt();
    this.#parts.conditions.set("runtime", false, error.message);
    const waitMs = backoffMs(++this.#runtimeFailures, RUNTIME_BACKOFF, this.#random);
    this.#probeAt = Date.now() + waitMs;
    this.#reportChanged();
    return this.#probeAt;
  }

  async #followRuntime(signal: AbortSignal): Promise<void> {
    for await (const event of this.#parts.runtime.events({ signal })) {
      if (event.type === "deleted") {
        this.#ledger.doubt(event.reference);
        this.#wake.call("image deleted");
      } else {
        this.#ledger.doubt();
        this.#probeAt = 0;
        this.#wake.call("runtime restarted");
      }
    }
  }

  async #lookAgain(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await delay(jittered(this.#options.lookAgainMs, this.#random), { signal });
      this.#ledger.doubt();
      this.#wake.call("look again");
    }
  }

  async #beat(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.#parts.conditions.beat();
      await delay(BEAT_MS, { signal });
    }
  }

  #bucket(cause: string): void {
    this.#wake.call(cause);
    if (cause === "bucket read") this.#reported = ""; // a new bucket has no report of ours
  }

  #publish(): void {
    const { metrics } = this.#parts;
    const { wanted, warm, pulling, waiting, failed } = this.#ledger.counts();
    metrics.gauge("warm_images_wanted", wanted);
    metrics.gauge("warm_images_warm", warm);
    metrics.gauge("warm_images_pulling", pulling);
    metrics.gauge("warm_images_waiting", waiting);
    for (const reason of Object.keys(rulesOfFailure) as PullFailure[]) {
      metrics.gauge("warm_images_failed", failed.get(reason) ?? 0, { reason });
    }
    const shown = `${this.#ledger.version} ${this.#queue.holdup}`;
    if (this.#reported === shown) return;
    this.#reported = shown;
    this.#reportChanged();
  }

  /** Before the bucket was read, a report would say that nothing is here. */
  #reportChanged(): void {
    if (this.#wantedHere.synced) this.#reports.changed();
  }

  #report(): ReportValue {
    const disk = this.#queue.disk;
    return {
      v: 1,
      node: this.#options.self.name,
      agent: VERSION,
      at: new Date().toISOString(),
      images: this.#ledger.report(this.#queue.holdup),
      ...(this.#version ? { runtime: this.#version } : {}),
      ...(disk ? { disk } : {}),
    };
  }
}
