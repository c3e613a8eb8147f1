import { pause } from "../async/delay.ts";
import { TaskGroup } from "../async/task_group.ts";
import { WakeSignal } from "../async/wake_signal.ts";
import type { ShownFleet } from "../ports/shown_fleet.ts";
import { ChangeTries } from "../pure/node_gate/change_tries.ts";
import { GatedNode, type GateTerms, type SeenGate } from "../pure/node_gate/gated_node.ts";
import type { GateRules } from "../pure/node_gate/gate_rules.ts";
import { RightTries } from "../pure/node_gate/right_tries.ts";
import { type Gate, GateOpener, type GateOpenerDeps, type ReadyGate } from "./gate_opener.ts";
import { GateTeller } from "./gate_teller.ts";

/** So long changes of the fleet are collected before gates are judged, in ms. */
const GATHER_MS = 20;
/** Gates are judged at least so often, as the server's time may be set, and leading may end unheard. */
const LOOK_MS = 2_000;
/**
 * How long after this controller began to lead a gate whose time is up waits for the bucket and for
 * all objects to be read, in ms: pods wait for a taint, and nobody for what old nodes are told.
 */
const READ_MS = { tainted: 1_000, untainted: 10_000 };

/** What `NodeGate` works with. */
export interface NodeGateDeps extends GateOpenerDeps {
  readonly shown: Pick<ShownFleet, "fleet" | "synced" | "onChange">;
}

/**
 * While this controller leads, opens the gates of nodes: once what is due there is usable by the
 * node's own report, and at the latest when the time is up. It remembers nothing that another
 * controller could not find out.
 */
export class NodeGate {
  readonly #deps: NodeGateDeps;
  readonly #terms: GateTerms;
  readonly #teller: GateTeller;
  readonly #opener: GateOpener;
  readonly #wake = new WakeSignal();
  readonly #rights = {
    lift: new RightTries("nodes"),
    condition: new RightTries("nodes/status"),
  };
  /** By name of the node. */
  #gates: ReadonlyMap<string, Gate> = new Map();
  /** Monotonic, in ms. */
  #ledSinceMs: number | undefined;

  constructor(deps: NodeGateDeps, { limitMs, taints, for: due }: GateRules) {
    this.#deps = deps;
    this.#terms = { limitMs, share: due.type === "share" ? due.share : 1 };
    const teller = this.#teller = new GateTeller(deps);
    this.#opener = new GateOpener(deps, { taints, teller, done: () => this.wake() });
  }

  /** Takes in all gates that are shut, as a pass saw them. */
  take(seen: Iterable<SeenGate>): void {
    const nowMs = this.#deps.serverClock.wallMs();
    const gates = new Map<string, Gate>();
    for (const each of seen) {
      const { name, uid } = each.node;
      const known = this.#gates.get(name);
      if (known !== undefined && known.gated.node.uid === uid) {
        known.gated.see(each, nowMs);
        gates.set(name, known);
      } else gates.set(name, this.#newGate(each, nowMs));
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
    let [shut, nextInMs] = [0, this.#gates.size > 0 ? LOOK_MS : Infinity];
    let refused: string | undefined;
    const [hurried, unhurried]: [ReadyGate[], ReadyGate[]] = [[], []];
    for (const gate of this.#leads() ? this.#gates.values() : []) {
      const { gated } = gate;
      gated.learn(this.#deps.shown.fleet.nodes.get(gated.node.name));
      const waitMs = gate.isBusy ? 0 : waitOf(gate, this.#deps.clock.monotonicMs());
      if (waitMs === Infinity) continue; // opened, and not seen to be yet
      if (gated.keepsPodsAway) shut++;
      refused ??= gate.lift.refused ?? gate.condition.refused;
      if (gate.isBusy) continue;
      const nowMs = this.#deps.serverClock.wallMs();
      const verdict = gated.verdict(nowMs, this.#latestMs(gated, nowMs));
      if (!verdict.opens) {
        if (!gate.isTold) gate.isTold = this.#teller.shut(gated);
        nextInMs = Math.min(nextInMs, verdict.untilMs - nowMs);
      } else if (waitMs > 0) nextInMs = Math.min(nextInMs, waitMs);
      // Old nodes that only get the condition may be thousands, and nobody waits for them.
      else (gated.keepsPodsAway ? hurried : unhurried).push({ gate, by: verdict.by });
    }
    this.#opener.open({ hurried, unhurried }, tasks);
    this.#opener.note(refused);
    this.#teller.count(shut);
    return nextInMs;
  }

  #newGate(seen: SeenGate, nowMs: number): Gate {
    return {
      gated: new GatedNode(seen, this.#terms, nowMs),
      lift: new ChangeTries(this.#rights.lift),
      condition: new ChangeTries(this.#rights.condition),
      isBusy: false,
      isTold: false,
    };
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
}

/** How long to wait before a change may be tried, in ms; Infinity: none is left. */
function waitOf({ gated: { node, gate }, lift, condition }: Gate, nowMs: number): number {
  return Math.min(
    gate.isTainted ? lift.waitMs(node, nowMs) : Infinity,
    gate.lacksCondition ? condition.waitMs(node, nowMs) : Infinity,
  );
}
