import { delay } from "../async/delay.ts";
import type { RuntimeEvent } from "../ports/image_runtime.ts";
import { jittered } from "../pure/backoff.ts";
import { ImageLedger } from "../pure/pulls/image_ledger.ts";
import { mayBeBytes } from "../pure/private_images/uses_here.ts";
import { momentOf } from "../pure/moment.ts";
import { inBatches } from "../pure/in_batches.ts";
import { PULL_SCHEDULE } from "../pure/pulls/pull_schedule.ts";
import { RuntimeLostError, RuntimeUnavailableError } from "../pure/pulls/runtime_errors.ts";
import { showCounts } from "./agent_metrics.ts";
import type { AgentDeps, AgentOptions } from "./agent_options.ts";
import { AgentWords } from "./agent_words.ts";
import { BeatWriter } from "./beat_writer.ts";
import { BytesKeeper } from "./bytes_keeper.ts";
import { BytesRemoval } from "./bytes_removal.ts";
import { DiskGate } from "./disk_gate.ts";
import { OwnGate } from "./own_gate.ts";
import { nextCauses } from "./heartbeat.ts";
import { LoopWatch } from "./loop_watch.ts";
import { OwnLogins } from "./own_logins.ts";
import { PinKeeper } from "./pin_keeper.ts";
import { PullQueue } from "./pull_queue.ts";
import { ReportWriter } from "./report_writer.ts";
import { RuntimeHealth } from "./runtime_health.ts";
import { type RuntimeQuestions, runtimeQuestions } from "./runtime_questions.ts";
import { UsesKeeper } from "./uses_keeper.ts";
import { runAll } from "../async/run_all.ts";
import { Wake } from "../async/wake.ts";
import { WantedHere } from "./wanted_here.ts";
import { Yielding } from "./yielding.ts";

export type { AgentDeps, AgentOptions };

/** References per check: pulls may begin after the first answer, before the last one comes. */
const CHECK_BATCH = 100;
/** Causes of a pass in log lines, by event; containers that come and go cause none. */
const EVENT_CAUSES: Partial<Readonly<Record<RuntimeEvent["type"], string>>> = {
  deleted: "image deleted",
  lost: "runtime lost",
  restarted: "runtime restarted",
};
/** How long running pulls may go on after the stop signal, in ms. */
const GRACE_MS = 10_000;

const NO_PINS = { which: "off", maxBytes: 0, forMs: 0, unpinOnExit: false } as const;

/**
 * Keeps what is wanted present on this node, and reports, until `signal` aborts. Throws
 * `RuntimeLostError` (see `exitWhenRuntimeLostMs`).
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
  readonly #uses: UsesKeeper;
  readonly #wantedHere: WantedHere;
  readonly #diskGate: DiskGate;
  readonly #gate: OwnGate;
  readonly #yielding: Yielding;
  readonly #queue: PullQueue;
  readonly #reports: ReportWriter;
  readonly #beats: BeatWriter;
  readonly #questions: RuntimeQuestions;
  readonly #health: RuntimeHealth;
  readonly #pins: PinKeeper | undefined;
  readonly #bytes: BytesKeeper | undefined;
  readonly #removal: BytesRemoval;
  /** What the last report was made from, to tell whether another is due. */
  #published = "";
  /** A new bucket has no beat of ours either; it comes with the report. */
  #beatDue = true;

  constructor(given: AgentDeps, options: AgentOptions) {
    const loop = new LoopWatch(given.conditions, given.clock);
    const deps = { ...given, conditions: loop };
    this.#deps = deps;
    this.#options = options;
    this.#random = options.random ?? Math.random;
    const schedule = options.schedule ?? PULL_SCHEDULE;
    const { refreshEveryMs } = options;
    this.#ledger = new ImageLedger({ schedule, random: this.#random, refreshEveryMs });
    this.#uses = new UsesKeeper({ ...deps, ledger: this.#ledger });
    this.#wantedHere = new WantedHere(deps, options.self);
    const random = this.#random;
    this.#diskGate = new DiskGate(deps, options);
    this.#gate = new OwnGate({ ...deps, ledger: this.#ledger });
    this.#yielding = new Yielding(deps, {
      isOn: options.yieldToKubelet,
      over: () => this.#wake.call("others have downloaded"),
    });
    const parts = {
      ledger: this.#ledger,
      uses: this.#uses,
      diskGate: this.#diskGate,
      gate: this.#gate,
      yielding: this.#yielding,
    };
    const logins = new OwnLogins(deps.logins);
    this.#queue = new PullQueue({ ...deps, ...parts, logins, random }, {
      parallel: options.pullParallel,
      perRegistry: options.pullsPerRegistry,
      rules: options,
      hasRelay: options.relay?.on ?? true,
      placeOfDue: (reference) => this.#gate.placeOf(reference),
      ended: () => {
        this.#removal.pullEnded();
        this.#wake.call("pull ended");
      },
      progressed: () => this.#publish(),
    });
    this.#questions = runtimeQuestions(deps.runtime, deps.conditions);
    this.#health = new RuntimeHealth({ ...deps, runtime: this.#questions }, this.#random);
    const { bytes } = deps.runtime;
    this.#removal = new BytesRemoval({ ...deps, bytes }, {
      isFetching: () => this.#queue.mayKeepBytes,
      done: () => this.#beats.begin(),
    });
    const words = new AgentWords(
      { ...deps, ...parts, health: this.#health, removal: this.#removal },
      options.self.name,
    );
    this.#beats = new BeatWriter({ ...deps, random }, {
      describe: () => words.beat(),
      isAlive: () => loop.turns(),
    });
    this.#reports = new ReportWriter({ ...deps, random }, {
      describe: () => words.report(),
      isOnlySign: () => this.#beats.forbidden || !this.#wantedHere.controllerReads("beat"),
    });
    this.#pins = deps.pins &&
      new PinKeeper({ ...deps, pins: deps.pins, ledger: this.#ledger }, {
        ...options,
        rules: options.pins ?? NO_PINS,
        isReady: () => this.#wantedHere.wanted() !== undefined,
        version: () => this.#health.version,
        disk: () => this.#diskGate.reading,
      });
    this.#bytes = bytes && new BytesKeeper({ ...deps, bytes, ledger: this.#ledger, random }, {
      ...options,
      isReady: () => this.#wantedHere.wanted() !== undefined,
      leastGraceMs: () => this.#wantedHere.leastGraceMs,
      isAnswered: () => this.#health.version !== undefined,
      disk: () => this.#diskGate.reading,
      readDisk: (signal) => this.#diskGate.check(signal),
      isPulling: (reference) => this.#queue.isPulling(reference),
      missing: (reference) => {
        this.#ledger.markStale(reference);
        this.#wake.call("bytes gone");
      },
      gaveUp: (reference, detail) => {
        this.#queue.gaveUp(reference, detail);
        this.#wake.call("bytes given up");
      },
    });
  }

  async run(): Promise<void> {
    const drained = new AbortController();
    await runAll(this.#options.signal, [
      (signal) =>
        this.#wantedHere.follow({ signal, changed: (cause) => this.#bucketChanged(cause) }),
      (signal) => this.#followRuntime(signal),
      (signal) => this.#markStalePeriodically(signal),
      (signal) => this.#yielding.run(signal),
      (signal) => this.#followLogins(signal),
      (signal) => this.#work(signal).finally(() => drained.abort()),
      (signal) => this.#beats.run(signal),
      async (signal) => await this.#pins?.run(signal),
      async (signal) => await this.#bytes?.run(signal),
      (signal) => this.#removal.run(signal),
      () => this.#reports.run(drained.signal), // the last report comes after the last pull
    ]);
  }

  async #work(signal: AbortSignal): Promise<void> {
    try {
      let nextAt: number | undefined;
      while (!signal.aborted) {
        const dueAt = Math.min(nextAt ?? Infinity, this.#health.probeAt);
        const idleMs = Math.max(0, dueAt - this.#deps.clock.monotonicMs());
        const causes = await nextCauses(this.#wake, this.#deps.conditions, { signal, idleMs });
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

  /** Brings the node one step closer to what is wanted; returns when (monotonic ms) the next is due. */
  async #pass(signal: AbortSignal): Promise<number | undefined> {
    const wanted = this.#wantedHere.wanted();
    if (wanted) {
      this.#ledger.setWanted(wanted, momentOf(this.#deps.clock));
      this.#gate.take(this.#wantedHere.node);
      this.#queue.keepOnly(wanted);
      this.#uses.wantedChanged();
    }
    this.#removal.take(this.#wantedHere.order);
    if (this.#health.isResting()) return this.#health.probeAt;
    try {
      await this.#health.probe(signal);
      if (wanted) await this.#queue.findLeftovers();
      await this.#checkImages(signal);
    } catch (error) {
      if (signal.aborted) return undefined;
      if (!(error instanceof RuntimeUnavailableError)) throw error;
      return this.#runtimeFailed(error);
    }
    this.#health.answered();
    this.#gate.checked();
    return await this.#queue.startPulls(signal);
  }

  /** Checks the images for which that is due; pulls may start between batches. */
  async #checkImages(signal: AbortSignal): Promise<void> {
    const references = this.#dueFirst(this.#ledger.beginCheck());
    for (const batch of inBatches(references, CHECK_BATCH)) {
      const bytes = new Set(batch.filter((each) => mayBeBytes(this.#ledger.usesOf(each))));
      const found = await this.#questions.check(batch, { signal, bytes });
      for (const [reference, presence] of found) {
        this.#ledger.recordCheck(reference, presence, momentOf(this.#deps.clock));
      }
      await this.#queue.startPulls(signal);
      this.#publish();
    }
  }

  /** So that no other is pulled before it is known which of those are missing. */
  #dueFirst(references: readonly string[]): readonly string[] {
    const placeOf = (reference: string) => this.#gate.placeOf(reference) ?? Infinity;
    return references.toSorted((one, other) => placeOf(one) - placeOf(other) || 0);
  }

  #runtimeFailed(error: RuntimeUnavailableError): number {
    this.#ledger.markStale();
    this.#reportChanged();
    const retryAt = this.#health.failed(error);
    const { exitWhenRuntimeLostMs: patienceMs } = this.#options;
    const lostForMs = this.#health.lostForMs();
    if (patienceMs === 0 || lostForMs < patienceMs) return retryAt;
    throw new RuntimeLostError(
      `The container runtime has been lost for ${Math.round(lostForMs / 1000)} s ` +
        `(--exit-when-runtime-lost): ends, to be started again with the present socket`,
    );
  }

  async #followRuntime(signal: AbortSignal): Promise<void> {
    for await (const event of this.#deps.runtime.events({ signal })) {
      this.#uses.take(event);
      if (event.type === "deleted") this.#ledger.markStale(event.reference);
      if (event.type === "restarted") this.#ledger.restarted();
      if (event.type === "restarted" || event.type === "lost") this.#health.changed();
      const cause = EVENT_CAUSES[event.type];
      if (cause !== undefined) this.#wake.call(cause);
      else this.#publish();
    }
  }

  async #markStalePeriodically(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await delay(jittered(this.#options.lookAgainMs, this.#random), { signal });
      this.#ledger.markStale();
      this.#wake.call("periodic check");
    }
  }

  async #followLogins(signal: AbortSignal): Promise<void> {
    await this.#deps.logins?.follow?.({
      signal,
      nodeUid: () => this.#wantedHere.node?.uid,
      changed: (reference) => {
        this.#ledger.loginsChanged(momentOf(this.#deps.clock), reference);
        this.#wake.call("logins changed");
      },
    });
  }

  #bucketChanged(cause: string): void {
    this.#wake.call(cause);
    if (cause !== "bucket read" && cause !== "node known") return;
    this.#published = ""; // a new bucket has no report of ours, one without our node may have lost it
    this.#beatDue = true;
    this.#reports.lost();
    this.#gate.lost();
  }

  #publish(): void {
    showCounts(this.#deps.metrics, this.#ledger.counts());
    const isUrgent = this.#gate.turned();
    const published =
      `${this.#ledger.version} ${this.#uses.version} ${this.#diskGate.blockedReason}`;
    if (this.#published === published && !isUrgent) return;
    this.#published = published;
    this.#uses.show();
    this.#pins?.changed();
    this.#bytes?.changed();
    this.#reportChanged(isUrgent);
  }

  /** Before the bucket has been read, a report would claim that the node has nothing. */
  #reportChanged(isUrgent = false): void {
    if (!this.#wantedHere.synced) return;
    if (isUrgent) this.#reports.urgent();
    else this.#reports.changed();
    if (this.#beatDue) this.#beats.begin();
    this.#beatDue = false;
  }
}
