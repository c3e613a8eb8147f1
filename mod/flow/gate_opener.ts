import type { TaskGroup } from "../async/task_group.ts";
import type { Leadership } from "../ports/leadership.ts";
import type { NodeGates } from "../ports/node_gates.ts";
import type { ServerClock } from "../ports/server_clock.ts";
import type { ShownFleet } from "../ports/shown_fleet.ts";
import type { ChangeTries } from "../pure/node_gate/change_tries.ts";
import type { GatedNode } from "../pure/node_gate/gated_node.ts";
import type { GateTaint } from "../pure/node_gate/gate_rules.ts";
import type { OpenedBy } from "../pure/node_gate/gate_verdict.ts";
import { nodeStanding } from "../pure/node_gate/node_standing.ts";
import { type ToldOpening, warmCondition } from "../pure/node_gate/opening_text.ts";
import type { ObservedNode } from "../pure/objects/observed.ts";
import { GateChanges, type GateChangesDeps } from "./gate_changes.ts";
import type { GateTeller } from "./gate_teller.ts";

/** Nodes that are changed at the same time. */
const PARALLEL = 8;

/** What `GateOpener` works with. */
export interface GateOpenerDeps extends GateChangesDeps {
  readonly nodeGates: NodeGates;
  readonly serverClock: ServerClock;
  readonly shown: Pick<ShownFleet, "fleet">;
  readonly leadership: Pick<Leadership, "leading">;
}

/** A gate, and what is done about it. */
export interface Gate {
  readonly gated: GatedNode;
  readonly lift: ChangeTries;
  readonly condition: ChangeTries;
  /** It is being opened. */
  isBusy: boolean;
  /** It was said what it waits for. */
  isTold: boolean;
}

/** A gate that is to be opened, and why. */
export interface ReadyGate {
  readonly gate: Gate;
  readonly by: OpenedBy;
}

/** Opens gates, a few at a time. */
export class GateOpener {
  readonly #deps: GateOpenerDeps;
  readonly #taints: readonly GateTaint[];
  readonly #teller: GateTeller;
  readonly #changes: GateChanges;
  readonly #done: () => void;
  #ready: ReadyGate[] = [];
  #running = 0;

  /** `taints` are those that are lifted; `done` is called when nothing is ready any more. */
  constructor(
    deps: GateOpenerDeps,
    { taints, teller, done }: {
      readonly taints: readonly GateTaint[];
      readonly teller: GateTeller;
      readonly done: () => void;
    },
  ) {
    this.#deps = deps;
    this.#taints = taints;
    this.#teller = teller;
    this.#changes = new GateChanges(deps);
    this.#done = done;
  }

  /**
   * Opens these gates instead of the ones before that it has not begun with; `unhurried` ones one by
   * one, and where no others are ready.
   */
  open(
    { hurried, unhurried }: {
      readonly hurried: readonly ReadyGate[];
      readonly unhurried: readonly ReadyGate[];
    },
    tasks: TaskGroup,
  ): void {
    const isIdle = hurried.length === 0 && this.#running === 0;
    this.#ready = isIdle ? unhurried.slice(0, 1) : [...hurried];
    const more = Math.min(this.#ready.length, PARALLEL - this.#running);
    for (let each = 0; each < more; each++) tasks.start((signal) => this.#openReady(signal));
  }

  /** Shows what is not granted by the gates that there are; undefined: nothing. */
  note(refused: string | undefined): void {
    this.#changes.note(refused);
  }

  async #openReady(signal: AbortSignal): Promise<void> {
    this.#running++;
    try {
      for (let next = this.#ready.shift(); next !== undefined; next = this.#ready.shift()) {
        next.gate.isBusy = true;
        await this.#openOne(next, signal);
        next.gate.isBusy = false;
        if (signal.aborted) return;
      }
    } finally {
      this.#running--;
      this.#done();
    }
  }

  async #openOne({ gate, by }: ReadyGate, signal: AbortSignal): Promise<void> {
    const { gated, lift, condition } = gate;
    const { nodeGates } = this.#deps;
    // As it is now: at times a change is seen before it is answered.
    const { node, gate: { isTainted, lacksCondition }, keepsPodsAway } = gated;
    const opening = this.#openingOf(gated, by);
    const told = () => this.#teller.opened(node.name, opening, keepsPodsAway);
    // Pods wait for the taint.
    if (isTainted && this.#isDue(node, lift)) {
      const change = () => nodeGates.lift(node, this.#taints, { signal });
      if (await this.#changes.try(node, lift, change, signal)) told();
    }
    if (lacksCondition && this.#isDue(node, condition)) {
      const change = () => nodeGates.setCondition(node, warmCondition(opening), { signal });
      const isOurs = await this.#changes.try(node, condition, change, signal);
      if (isOurs && !isTainted) told();
    }
  }

  #isDue(node: ObservedNode, tries: ChangeTries): boolean {
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
