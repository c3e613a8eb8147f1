import type { Clock } from "../ports/clock.ts";
import type { Conditions } from "../ports/conditions.ts";
import type { EventRecorder } from "../ports/event_recorder.ts";
import type { Logger } from "../ports/logger.ts";
import type { Metrics } from "../ports/metrics.ts";
import type { NodeGates } from "../ports/node_gates.ts";
import type { PulledEvents } from "../ports/pulled_events.ts";
import type { ServerClock } from "../ports/server_clock.ts";
import type { StateStore } from "../ports/state_store.ts";
import type { Observation, WantsSource } from "../ports/wants_source.ts";
import type { Leadership } from "../ports/leadership.ts";
import { backoffMs } from "../pure/backoff.ts";
import { desiredState, diffState, MadeEntries } from "../pure/bucket/desired_state.ts";
import { Retention } from "../pure/bucket/retention.ts";
import { clusterIsRead, withoutUnread } from "../pure/bucket/unread_kinds.ts";
import { momentOf } from "../pure/moment.ts";
import type { GateRules } from "../pure/node_gate/gate_rules.ts";
import type { ObservedNode } from "../pure/objects/observed.ts";
import { type KnownSettled, settledNodes } from "../pure/placement/settled_nodes.ts";
import { startupTaintMatcher } from "../pure/placement/startup_taints.ts";
import { type SeenObjects, seenObjects } from "../pure/wants/seen_objects.ts";
import type { WantedSet } from "../pure/wants/wanted_set.ts";
import { WantsFold, type WantsRules } from "../pure/wants/wants_fold.ts";
import { agentStates } from "../pure/bucket/agent_states.ts";
import { metaRules } from "../pure/bucket/meta_rules.ts";
import { UNINSTALL_KEY } from "../pure/bucket/state_keys.ts";
import type { MetaValue } from "../pure/bucket/wire.ts";
import { fleetWarmth } from "../pure/benefit/fleet_warmth.ts";
import { BenefitKeeper } from "./benefit_keeper.ts";
import { BucketView } from "./bucket_view.ts";
import type { ShownBucket } from "./shown_bucket.ts";
import { FailureTeller } from "./failure_teller.ts";
import { FaultLog } from "./fault_log.ts";
import { LoginGiver, type LoginGiverDeps, type LoginGiverRules } from "./login_giver.ts";
import { nextCauses } from "./heartbeat.ts";
import { type PassGates, passGates } from "./pass_gates.ts";
import { StateWriter } from "./state_writer.ts";
import { withdrawLogins } from "./withdrawn_logins.ts";
import { WithheldLog } from "./withheld_log.ts";
import { UnliftedWarning } from "./unlifted_warning.ts";
import { runAll } from "../async/run_all.ts";
import { Wake } from "../async/wake.ts";

/** Events are collected until none has come for ten times as long as the last pass took, … */
const QUIET_PER_PASS = 10;
/** … within these bounds, … */
const QUIET_MS = { least: 50, most: 200 };
/** … but at most for this long. */
const GATHER_MS = 1_000;
/** A pass at least once in this time deletes what has been unwanted for long enough. */
const IDLE_MS = 60_000;
/** What it reads of agents beside reports, for `meta`. */
const READS = ["beat", "part"];
const WRITE_BACKOFF = { baseMs: 1_000, maxMs: 30_000 };

/** The outside things a controller works with. */
export interface ControllerDeps {
  readonly source: WantsSource;
  readonly leadership: Leadership;
  readonly store: StateStore;
  readonly logger: Logger;
  readonly conditions: Conditions;
  readonly metrics: Metrics;
  readonly clock: Clock;
  /** Is kept up to date for those who are shown the bucket. */
  readonly shown?: ShownBucket | undefined;
  /** Tells of starts of containers, whose sums are kept then; needs `shown`, for what nodes report. */
  readonly pulledEvents?: PulledEvents | undefined;
  /** Tells workloads of images that cannot be had; needs `shown`, for what nodes report. */
  readonly failureEvents?: EventRecorder | undefined;
  /** Opens the gates of nodes; needs `shown`, for what nodes report, and `gate` among the options. */
  readonly nodeGates?: NodeGates | undefined;
  /** Give nodes logins of pull secrets; need `shown`, and `given` among the options. */
  readonly logins?: Pick<LoginGiverDeps, "secrets" | "tokens" | "sealing"> | undefined;
  /** By which nodes are as old as they say; absent: by `clock`. */
  readonly serverClock?: ServerClock | undefined;
}

/** How a controller behaves. */
export interface ControllerOptions {
  readonly signal: AbortSignal;
  readonly rules: WantsRules;
  /** How long an image stays in the bucket after nothing wants it any more. */
  readonly forgetAfterMs: number;
  /** Globs of further taints that nodes have only while they start. */
  readonly startupTaints?: readonly string[] | undefined;
  /** How nodes are kept from pods until they are warm; absent: they are not. */
  readonly gate?: GateRules | undefined;
  /** Which logins nodes are given; absent: none. */
  readonly given?: LoginGiverRules | undefined;
  /** Who writes, for `meta`: the pod or host name. */
  readonly identity: string;
  readonly random?: (() => number) | undefined;
}

/** Keeps the bucket as the source wants it until `signal` aborts. */
export async function runController(
  deps: ControllerDeps,
  options: ControllerOptions,
): Promise<void> {
  await new Controller(deps, options).run();
}

class Controller {
  readonly #deps: ControllerDeps;
  readonly #options: ControllerOptions;
  readonly #wake = new Wake();
  readonly #bucket: BucketView;
  readonly #writer: StateWriter;
  readonly #benefit: BenefitKeeper | undefined;
  readonly #faults: FaultLog;
  readonly #withheld: WithheldLog;
  readonly #retention: Retention;
  readonly #fold: WantsFold;
  readonly #made = new MadeEntries();
  readonly #isStartupTaint: (key: string) => boolean;
  readonly #settled: KnownSettled = new WeakMap();
  readonly #serverClock: ServerClock;
  readonly #gates: PassGates | undefined;
  readonly #unlifted: UnliftedWarning;
  readonly #giver: LoginGiver | undefined;
  #leadingSince: string;
  /** Whether what an installation before this one has ordered is still to be looked for. */
  #mayFindOrder = false;
  #writeFailures = 0;

  constructor(deps: ControllerDeps, options: ControllerOptions) {
    this.#deps = deps;
    this.#options = options;
    this.#leadingSince = this.#wallTime();
    this.#bucket = new BucketView(deps);
    this.#writer = new StateWriter({ ...deps, bucket: this.#bucket });
    this.#benefit = this.#benefitKeeper();
    this.#faults = new FaultLog(deps);
    this.#withheld = new WithheldLog(deps);
    this.#retention = new Retention(options.forgetAfterMs);
    this.#fold = new WantsFold(options.rules, options.forgetAfterMs);
    this.#isStartupTaint = startupTaintMatcher(options.startupTaints ?? []);
    this.#serverClock = deps.serverClock ?? deps.clock;
    const random = options.random ?? Math.random;
    this.#gates = passGates({ ...deps, serverClock: this.#serverClock, random }, options.gate);
    this.#unlifted = new UnliftedWarning(deps, options.gate);
    this.#giver = this.#loginGiver();
    deps.conditions.set("synced", false, "Has not read the bucket yet");
    deps.metrics.gauge("warm_images_leading", 0);
  }

  async run(): Promise<void> {
    const { source, leadership, store } = this.#deps;
    const changed = (cause: string) => this.#wake.call(cause);
    await runAll(this.#options.signal, [
      (signal) => source.follow({ signal, changed }),
      (signal) => this.#bucket.follow(store, { signal, changed }),
      (signal) =>
        leadership.follow({ signal, changed: (leading) => this.#leadershipChanged(leading) }),
      (signal) => this.#work(signal),
      async (signal) => await this.#benefit?.keep(signal),
      async (signal) => await this.#failureTeller()?.tell(signal),
      async (signal) => await this.#gates?.keep(signal),
      (signal) => this.#giver?.keep(signal) ?? withdrawLogins(this.#deps, signal),
    ]);
  }

  #loginGiver(): LoginGiver | undefined {
    const { logins, shown } = this.#deps;
    const { given } = this.#options;
    if (logins === undefined || shown === undefined || given === undefined) return undefined;
    const hasRoom = () => this.#writer.hasRoom;
    const deps = { ...this.#deps, ...logins, shown, serverClock: this.#serverClock, hasRoom };
    return new LoginGiver(deps, given);
  }

  #failureTeller(): FailureTeller | undefined {
    const { failureEvents: events, shown } = this.#deps;
    if (events === undefined || shown === undefined) return undefined;
    return new FailureTeller({ ...this.#deps, events, shown });
  }

  #benefitKeeper(): BenefitKeeper | undefined {
    const { pulledEvents: events, shown } = this.#deps;
    if (events === undefined || shown === undefined) return undefined;
    return new BenefitKeeper({
      ...this.#deps,
      events,
      warmth: fleetWarmth(shown.fleet),
      bucket: this.#bucket,
      hasRoom: () => this.#writer.hasRoom,
      rules: this.#options.rules,
    });
  }

  async #work(signal: AbortSignal): Promise<void> {
    let [idleMs, passMs] = [IDLE_MS, 0];
    while (!signal.aborted) {
      const causes = await nextCauses(this.#wake, this.#deps.conditions, {
        signal,
        idleMs,
        quietMs: quietMs(passMs),
        maxMs: GATHER_MS,
      });
      if (signal.aborted) break;
      const startedMs = this.#now();
      idleMs = await this.#pass(causes.join(", ") || "time", signal);
      passMs = this.#now() - startedMs;
    }
  }

  /** One pass over all objects; returns how long to wait for the next if nothing happens, in ms. */
  async #pass(cause: string, signal: AbortSignal): Promise<number> {
    const { source, conditions } = this.#deps;
    const observation = taken(source.observe());
    const startedMs = this.#now();
    const wallMs = this.#deps.clock.wallMs();
    const set = this.#fold.fold({ ...observation, nowMs: startedMs, wallMs });
    const nodes = this.#settledNodes(observation.seen.nodes);
    this.#gates?.take({ ...observation, nodes: observation.seen.nodes, settled: nodes, set });
    this.#faults.show(set, observation);
    // Before Namespaces are read all of them seem to have private images off.
    const marksAreRead = observation.synced && clusterIsRead(observation.unread);
    if (marksAreRead) this.#withheld.show(set.withheld);
    this.#publish(set, observation);
    conditions.set("synced", this.#bucket.synced, "Has not read the bucket yet");
    // A pass over half of the objects would delete what the other half wants.
    if (!observation.synced || !this.#bucket.synced) return IDLE_MS;
    if (marksAreRead) this.#giver?.take({ nodes, set });
    this.#bucket.forgetSizes((reference) => set.images.has(reference));
    if (!this.#deps.leadership.leading()) return IDLE_MS;
    this.#unlifted.take(observation.seen.nodes);
    return await this.#write({ set, nodes, observation, cause, startedMs }, signal);
  }

  #settledNodes(nodes: readonly ObservedNode[]): readonly ObservedNode[] {
    return settledNodes(nodes, {
      isStartupTaint: this.#isStartupTaint,
      gateTaints: this.#options.gate?.taints,
      nowWallMs: this.#serverClock.wallMs(),
    }, this.#settled);
  }

  async #write(pass: Pass, signal: AbortSignal): Promise<number> {
    const { held, sizes, agents } = this.#bucket;
    const { set, observation } = pass;
    const { partBytes } = this.#writer;
    const desired = desiredState({
      set,
      nodes: pass.nodes,
      meta: this.#meta(),
      gates: this.#gates?.values(partBytes),
      sizes,
      partBytes,
    }, this.#made);
    this.#faults.leftOut(desired.faults);
    const { unread } = observation;
    const { puts, unwantedKeys } = withoutUnread(diffState(desired.values, held), held, unread);
    const nodes = clusterIsRead(unread)
      ? new Set(observation.seen.nodes.map((node) => node.name))
      : undefined;
    const due = this.#retention.due({
      unwantedKeys,
      contradicted: set.contradicted,
      held,
      agents,
      nodes,
      heardSince: this.#bucket.syncedAt,
      now: momentOf(this.#deps.clock),
    });
    const planMs = this.#now() - pass.startedMs;
    this.#deps.metrics.observe("warm_images_pass_seconds", planMs / 1000);
    const deletes = [...due.keys, ...this.#orderBefore(held)];
    const written = await this.#writer.write(new Map([...puts, ...due.marks]), deletes, signal, {
      desired: desired.values,
      nodes,
    });
    this.#mayFindOrder &&= held.has(UNINSTALL_KEY);
    if (written.put + written.deleted > 0) {
      this.#deps.logger.info("Bucket written", {
        cause: pass.cause,
        wanted: set.images.size,
        put: written.put,
        deleted: written.deleted,
        planMs: Math.round(planMs),
        ms: Math.round(this.#now() - pass.startedMs),
      });
    }
    if (written.error === undefined || signal.aborted) {
      this.#writeFailures = 0;
      return Math.min(IDLE_MS, due.nextInMs ?? Infinity, set.nextInMs ?? Infinity);
    }
    if (this.#writeFailures++ === 0) {
      this.#deps.logger.warn("Could not write the bucket, trying again", { error: written.error });
    }
    return backoffMs(this.#writeFailures, WRITE_BACKOFF, this.#options.random ?? Math.random);
  }

  /**
   * An order to give up all bytes that is there when this controller begins to lead: it has been
   * installed again since. Whoever waits for an order to be carried out gives it anew.
   */
  #orderBefore(held: ReadonlyMap<string, string>): readonly string[] {
    return this.#mayFindOrder && held.has(UNINSTALL_KEY) ? [UNINSTALL_KEY] : [];
  }

  #publish(set: WantedSet, observation: TakenObservation): void {
    const { metrics } = this.#deps;
    metrics.gauge("warm_images_wanted", set.images.size);
    metrics.gauge("warm_images_nodes", observation.seen.nodes.length);
    if (!observation.synced || !this.#bucket.synced) return; // agents would seem missing
    const { nodes } = observation.seen;
    const { oldestMs, ...counts } = agentStates(nodes, this.#bucket.agents.all, this.#now());
    for (const [state, count] of Object.entries(counts)) {
      metrics.gauge("warm_images_agents", count, { state });
    }
    metrics.gauge("warm_images_oldest_beat_age_seconds", oldestMs / 1000);
  }

  #meta(): MetaValue {
    const { source } = this.#deps;
    const { identity: writer } = this.#options;
    const rules = metaRules(this.#options);
    const since = this.#leadingSince;
    return { v: 1, source: source.type, writer, since, reads: READS, ...(rules && { rules }) };
  }

  /** The only place that logs and measures who leads, whatever decides it. */
  #leadershipChanged(leading: boolean): void {
    const { logger, metrics } = this.#deps;
    if (leading) this.#leadingSince = this.#wallTime();
    this.#mayFindOrder = leading;
    metrics.gauge("warm_images_leading", leading ? 1 : 0);
    logger.info(leading ? "Started leading" : "Stopped leading", {
      identity: this.#options.identity,
    });
    this.#wake.call(leading ? "leading" : "standing by");
    this.#gates?.leadershipChanged();
    this.#giver?.wake();
  }

  #now(): number {
    return this.#deps.clock.monotonicMs();
  }

  #wallTime(): string {
    return new Date(this.#deps.clock.wallMs()).toISOString();
  }
}

/** What a pass has found out. */
interface Pass {
  readonly set: WantedSet;
  /** As they will be once they have started. */
  readonly nodes: readonly ObservedNode[];
  readonly observation: TakenObservation;
  readonly cause: string;
  readonly startedMs: number;
}

function quietMs(passMs: number): number {
  return Math.min(Math.max(QUIET_PER_PASS * passMs, QUIET_MS.least), QUIET_MS.most);
}

/** An observation whose records can be gone through several times. */
type TakenObservation = Omit<Observation, "records"> & { readonly seen: SeenObjects };

function taken({ records, ...rest }: Observation): TakenObservation {
  return { ...rest, seen: seenObjects(records) };
}
