import { delay } from "../async/delay.ts";
import type { Conditions } from "../ports/conditions.ts";
import type { ImageRuntime, RuntimeEvent } from "../ports/image_runtime.ts";
import type { DiskUsage } from "../ports/disk_usage.ts";
import type { Logger } from "../ports/logger.ts";
import type { Metrics } from "../ports/metrics.ts";
import type { StateStore } from "../ports/state_store.ts";
import { jittered } from "../pure/backoff.ts";
import { ImageLedger } from "../pure/pulls/image_ledger.ts";
import type { ObservedNode } from "../pure/wants/observed.ts";
import { type PullFailure, rulesOfFailure } from "../pure/pulls/pull_outcome.ts";
import { PULL_SCHEDULE, type PullSchedule } from "../pure/pulls/pull_schedule.ts";
import { RuntimeLostError, RuntimeUnavailableError } from "../pure/pulls/runtime_errors.ts";
import { VERSION } from "../pure/version.ts";
import type { ReportValue } from "../pure/bucket/wire.ts";
import { heartbeat } from "./heartbeat.ts";
import { PullQueue } from "./pull_queue.ts";
import { ReportWriter } from "./report_writer.ts";
import { RuntimeHealth } from "./runtime_health.ts";
import { runAll } from "../async/run_all.ts";
import { Wake } from "../async/wake.ts";
import { WantedHere } from "./wanted_here.ts";

/** References per question to the runtime: first answers come early, and pulls begin. */
const CHECK_BATCH = 100;
/** Why the loop wakes, for the log. */
const EVENT_CAUSES: Readonly<Record<RuntimeEvent["type"], string>> = {
  deleted: "image deleted",
  lost: "runtime lost",
  restarted: "runtime restarted",
};
/** How long running pulls may go on after the signal to stop. */
const GRACE_MS = 10_000;

/** The outside things an agent works with. */
export interface AgentDeps {
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
  /**
   * Ends the agent with `RuntimeLostError` when nobody has listened at the runtime's socket for so
   * long, and the runtime had answered before; 0: never. containerd makes a new socket at each start:
   * where the file is mounted into a container, only another container gets to see it.
   */
  readonly exitWhenRuntimeLostMs: number;
  readonly schedule?: PullSchedule;
  readonly graceMs?: number;
  readonly random?: () => number;
}

/**
 * Keeps what is wanted present on this node, and reports, until `signal` aborts. Throws
 * `RuntimeLostError` if told to.
 */
export async function runAgent(deps: AgentDeps, options: AgentOptions): Promise<void> {
  await new Agent(deps, options).run();
}

class Agent {
  readonly #deps: AgentDeps;
  readonly #options: AgentOptions;
  readonly #random: () => number;
  readonly #wake = new Wake();
  readonly #ledger: ImageLedger;
  readonly #wantedHere: WantedHere;
  readonly #queue: PullQueue;
  readonly #reports: ReportWriter;
  readonly #health: RuntimeHealth;
  #reported = "";

  constructor(deps: AgentDeps, options: AgentOptions) {
    this.#deps = deps;
    this.#options = options;
    this.#random = options.random ?? Math.random;
    const schedule = options.schedule ?? PULL_SCHEDULE;
    this.#ledger = new ImageLedger({ schedule, random: this.#random });
    this.#wantedHere = new WantedHere(deps, options.self);
    this.#queue = new PullQueue({ ...deps, ledger: this.#ledger }, {
      parallel: options.pullParallel,
      diskHighPercent: options.diskHighPercent,
      ended: () => this.#wake.call("pull ended"),
    });
    this.#reports = new ReportWriter(deps.store, deps.logger, () => this.#report());
    this.#health = new RuntimeHealth(deps, this.#random);
  }

  async run(): Promise<void> {
    const worked = new AbortController();
    await runAll(this.#options.signal, [
      (signal) => this.#wantedHere.follow({ signal, changed: (cause) => this.#bucket(cause) }),
      (signal) => this.#followRuntime(signal),
      (signal) => this.#lookAgain(signal),
      (signal) => heartbeat(this.#deps.conditions, signal),
      (signal) => this.#work(signal).finally(() => worked.abort()),
      () => this.#reports.run(worked.signal), // the last report comes after the last pull
    ]);
  }

  async #work(signal: AbortSignal): Promise<void> {
    try {
      let nextAt: number | undefined;
      while (!signal.aborted) {
        const idleMs = Math.max(0, Math.min(nextAt ?? Infinity, this.#health.probeAt) - Date.now());
        const causes = await this.#wake.next({ signal, idleMs });
        if (signal.aborted) break;
        this.#deps.logger.debug("Woke", { causes: causes.join(", ") || "time" });
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
    if (this.#health.isResting(Date.now())) return this.#health.probeAt;
    try {
      await this.#health.probe(signal);
      await this.#checkImages(signal);
    } catch (error) {
      if (signal.aborted) return undefined;
      if (!(error instanceof RuntimeUnavailableError)) throw error;
      return this.#runtimeFailed(error);
    }
    this.#health.answered();
    return await this.#queue.startPulls(signal);
  }

  /** Asks the runtime about images it was not asked about; pulls may start between batches. */
  async #checkImages(signal: AbortSignal): Promise<void> {
    const references = this.#ledger.beginCheck();
    for (let at = 0; at < references.length; at += CHECK_BATCH) {
      const batch = references.slice(at, at + CHECK_BATCH);
      const found = await this.#deps.runtime.check(batch, { signal });
      for (const [reference, presence] of found) {
        this.#ledger.recordCheck(reference, presence, Date.now());
      }
      await this.#queue.startPulls(signal);
      this.#publish();
    }
  }

  #runtimeFailed(error: RuntimeUnavailableError): number {
    this.#ledger.markStale();
    this.#reportChanged();
    const againAt = this.#health.failed(error);
    const { exitWhenRuntimeLostMs: patienceMs } = this.#options;
    const lostForMs = this.#health.lostForMs(Date.now());
    if (patienceMs === 0 || lostForMs < patienceMs) return againAt;
    throw new RuntimeLostError(
      `The container runtime has been lost for ${Math.round(lostForMs / 1000)} s ` +
        `(--exit-when-runtime-lost): ends, to be started again with the present socket`,
    );
  }

  async #followRuntime(signal: AbortSignal): Promise<void> {
    for await (const event of this.#deps.runtime.events({ signal })) {
      if (event.type === "deleted") this.#ledger.markStale(event.reference);
      else {
        if (event.type === "restarted") this.#ledger.markStale();
        this.#health.changed();
      }
      this.#wake.call(EVENT_CAUSES[event.type]);
    }
  }

  async #lookAgain(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await delay(jittered(this.#options.lookAgainMs, this.#random), { signal });
      this.#ledger.markStale();
      this.#wake.call("look again");
    }
  }

  #bucket(cause: string): void {
    this.#wake.call(cause);
    if (cause === "bucket read") this.#reported = ""; // a new bucket has no report of ours
  }

  #publish(): void {
    const { metrics } = this.#deps;
    const { wanted, warm, pulling, waiting, failed } = this.#ledger.counts();
    metrics.gauge("warm_images_wanted", wanted);
    metrics.gauge("warm_images_warm", warm);
    metrics.gauge("warm_images_pulling", pulling);
    metrics.gauge("warm_images_waiting", waiting);
    for (const reason of Object.keys(rulesOfFailure) as PullFailure[]) {
      metrics.gauge("warm_images_failed", failed.get(reason) ?? 0, { reason });
    }
    const shown = `${this.#ledger.version} ${this.#queue.blockedReason}`;
    if (this.#reported === shown) return;
    this.#reported = shown;
    this.#reportChanged();
  }

  /** Before the bucket was read, a report would say that nothing is here. */
  #reportChanged(): void {
    if (this.#wantedHere.synced) this.#reports.changed();
  }

  #report(): ReportValue {
    const { disk, blockedReason } = this.#queue;
    const { version } = this.#health;
    return {
      v: 1,
      node: this.#options.self.name,
      agent: VERSION,
      at: new Date().toISOString(),
      images: this.#ledger.report(blockedReason),
      ...(version ? { runtime: version } : {}),
      ...(disk ? { disk } : {}),
    };
  }
}
