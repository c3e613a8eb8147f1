import { TaskGroup } from "../async/task_group.ts";
import { WakeSignal } from "../async/wake_signal.ts";
import { pause } from "../async/delay.ts";
import type { Clock } from "../ports/clock.ts";
import type { Leadership } from "../ports/leadership.ts";
import type { Logger } from "../ports/logger.ts";
import type { Metrics } from "../ports/metrics.ts";
import type { NodeGates } from "../ports/node_gates.ts";
import type { ServerClock } from "../ports/server_clock.ts";
import type { ShownFleet } from "../ports/shown_fleet.ts";
import { ChangeTries } from "../pure/node_gate/change_tries.ts";
import { GatedNode, type GateTerms, type SeenGate } from "../pure/node_gate/gated_node.ts";
import type { GateRules } from "../pure/node_gate/gate_rules.ts";
import { type ToldOpening, warmCondition } from "../pure/node_gate/gate_text.ts";
import type { OpenedBy } from "../pure/node_gate/gate_verdict.ts";
import { nodeStanding } from "../pure/node_gate/node_standing.ts";
import { GateChanges, type GateChangesDeps } from "./gate_changes.ts";
import { GateTeller } from "./gate_teller.ts";

/** Nodes that are changed at the same time. */
const PARALLEL = 8;
/** So long changes of the fleet are collected before gates are judged, in ms. */
const GATHER_MS = 20;
/** Gates are judged at least so often, as the server's time may be set, and leading may end unheard. */
const LOOK_MS = 2_000;
/**
 * How long after this controller began to lead a gate whose time is up waits for the bucket and for
 * all objects to be read, in ms: pods may wait for the one, and nobody may for the other.
 */
const READ_MS = { tainted: 1_000, untainted: 10_000 };

/** What `NodeGate` works with. */
export interface NodeGateDeps extends GateChangesDeps {
  readonly nodeGates: NodeGates;
  readonly serverClock: ServerClock;
  readonly shown: Pick<ShownFleet, "fleet" | "synced" | "onChange">;
  readonly leadership: Pick<Leadership, "leading">;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly clock: Clock;
}

/**
 * While this controller leads, opens the gates of nodes: once what is due there is usable by the
 * node's own report, and at the latest when the time is up. It remembers nothing that another
 * controller could not find out.
 */
export class NodeGate {
  readonly #deps: NodeGateDeps;
  readonly #rules: GateRules;
  readonly #terms: GateTerms;
  readonly #changes: GateChanges;
  readonly #teller: GateTeller;
  readonly #wake = new WakeSignal();
  /** By name of the node. */
  #gates: ReadonlyMap<string, Gate> = new Map();
  /** Monotonic, in ms. */
  #ledSinceMs: number | undefined;
  #running = 0;

  constructor(deps: NodeGateDeps, rules: GateRules) {
    this.#deps = deps;
    this.#rules = rules;
    const share = rules.for.type === "share" ? rules.for.share : 1;
    this.#terms = { limitMs: rules.limitMs, share };
    this.#changes = new GateChanges(deps);
    this.#teller = new GateTeller(deps);
  }

  /** Takes in all gates that are shut, as a pass saw them. */
  take(seen: Iterable<SeenGate>): void {
    const nowMs = this.#deps.serverClock.wallMs();
    const gates = new Map<string, Gate>();
    for (const each of seen) {
      const known = this.#gates.get(each.node.name);
      if (known?.gated.node.uid === each.node.uid) known.gated.see(each, nowMs);
      gates.set(
        each.node.name,
        known?.gated.node.uid === each.node.uid ? known : newGate(each, this.#terms, nowMs),
      );
    }
    this.#gates = gates;
    this.wake();
  }

  /** What is known of a node whose gate was shut when it was seen last. */
  gateOf(node: string): GatedNode | undefined {
    return this.#gates.get(node)?.gated;
  }

  /** Has all gates judged soon: who leads may have changed. */
  wake(): void {
    this.#wake.ring();
  }

  /** Judges and opens until `signal` aborts. */
  async keep(signal: AbortSignal): Promise<void> {
    using _listening = this.#deps.shown.onChange(() => this.wake());
    const tasks = new TaskGroup(signal);
    tasks.start((signal) => this.#judge(tasks, signal));
    await tasks.ended();
  }

  async #judge(tasks: TaskGroup, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const nextInMs = this.#look(tasks);
      await this.#wake.wait({ ms: nextInMs, signal });
      await pause(GATHER_MS, signal);
    }
  }

  /** Judges all gates, and begins to open some; returns after how long to look again, in ms. */
  #look(tasks: TaskGroup): number {
    const leads = this.#leads();
    let [shut, nextInMs] = [0, this.#gates.size > 0 ? LOOK_MS : Infinity];
    let refused: string | undefined;
    for (const gate of leads ? this.#gates.values() : []) {
      gate.gated.learn(this.#deps.shown.fleet.nodes.get(gate.gated.node.name));
      const waitMs = gate.isBusy ? 0 : waitOf(gate, this.#deps.clock.monotonicMs());
      if (waitMs === Infinity) continue; // opened, and not seen to be yet
      if (gate.gated.keepsPodsAway) shut++;
      refused ??= gate.lift.refused ?? gate.condition.refused;
      if (gate.isBusy) continue;
      const nowMs = this.#deps.serverClock.wallMs();
      const verdict = gate.gated.verdict(nowMs, this.#latestMs(gate.gated, nowMs));
      if (!verdict.opens) {
        if (!gate.isTold) gate.isTold = this.#teller.shut(gate.gated);
        nextInMs = Math.min(nextInMs, verdict.untilMs - nowMs);
      } else if (waitMs > 0) nextInMs = Math.min(nextInMs, waitMs);
      else if (this.#running < PARALLEL) this.#start(gate, verdict.by, tasks);
    }
    this.#teller.count(shut);
    this.#changes.note(refused);
    return nextInMs;
  }

  #leads(): boolean {
    if (!this.#deps.leadership.leading()) this.#ledSinceMs = undefined;
    else this.#ledSinceMs ??= this.#deps.clock.monotonicMs();
    return this.#ledSinceMs !== undefined;
  }

  /** When a gate opens whatever is missing; its report may say that nothing is, once it is read. */
  #latestMs({ due, gate, untilMs }: GatedNode, nowMs: number): number {
    if (this.#deps.shown.synced && due !== undefined) return untilMs;
    const ledMs = this.#deps.clock.monotonicMs() - (this.#ledSinceMs ?? 0);
    const readMs = gate.isTainted ? READ_MS.tainted : READ_MS.untainted;
    return Math.max(untilMs, nowMs - ledMs + readMs);
  }

  #start(gate: Gate, by: OpenedBy, tasks: TaskGroup): void {
    this.#running++;
    gate.isBusy = true;
    tasks.start(async (signal) => {
      try {
        await this.#open(gate, by, signal);
      } finally {
        this.#running--;
        gate.isBusy = false;
        this.wake();
      }
    });
  }

  async #open({ gated, lift, condition }: Gate, by: OpenedBy, signal: AbortSignal): Promise<void> {
    const { nodeGates } = this.#deps;
    // As it is now: the change is seen before it is answered, at times.
    const { node, gate: { isTainted, lacksCondition }, keepsPodsAway } = gated;
    const opening = this.#openingOf(gated, by);
    const told = () => this.#teller.opened(node.name, opening, keepsPodsAway);
    // Pods wait for the taint.
    if (isTainted && this.#isDue(node, lift)) {
      const change = () => nodeGates.lift(node, this.#rules.taints, { signal });
      if (await this.#changes.try(node, lift, change, signal)) told();
    }
    if (lacksCondition && this.#isDue(node, condition)) {
      const change = () => nodeGates.setCondition(node, warmCondition(opening), { signal });
      const isOpened = await this.#changes.try(node, condition, change, signal);
      if (isOpened && !isTainted) told();
    }
  }

  #isDue(node: GatedNode["node"], tries: ChangeTries): boolean {
    return this.#deps.leadership.leading() &&
      tries.waitMs(node, this.#deps.clock.monotonicMs()) <= 0;
  }

  #openingOf(gated: GatedNode, by: OpenedBy): ToldOpening {
    const { node, due, standing, isUnlabelled, sinceMs } = gated;
    const reported = nodeStanding(this.#deps.shown.fleet.nodes.get(node.name), node.uid);
    return {
      by,
      due,
      isUnlabelled,
      standing,
      standingOf: (image) => reported?.get(image),
      shutMs: Math.max(0, this.#deps.serverClock.wallMs() - sinceMs),
    };
  }
}

/** A gate, and what is done about it. */
interface Gate {
  readonly gated: GatedNode;
  readonly lift: ChangeTries;
  readonly condition: ChangeTries;
  /** It is being opened. */
  isBusy: boolean;
  /** It was said what it waits for. */
  isTold: boolean;
}

function newGate(seen: SeenGate, terms: GateTerms, nowMs: number): Gate {
  return {
    gated: new GatedNode(seen, terms, nowMs),
    lift: new ChangeTries(),
    condition: new ChangeTries(),
    isBusy: false,
    isTold: false,
  };
}

/** How long to wait before a change may be tried, in ms; Infinity: none is left. */
function waitOf({ gated: { node, gate }, lift, condition }: Gate, nowMs: number): number {
  return Math.min(
    gate.isTainted ? lift.waitMs(node, nowMs) : Infinity,
    gate.lacksCondition ? condition.waitMs(node, nowMs) : Infinity,
  );
}
