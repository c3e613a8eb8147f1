import type { NodeGateValue } from "../pure/bucket/wire.ts";
import { DueLists } from "../pure/node_gate/due_lists.ts";
import type { SeenGate } from "../pure/node_gate/gated_node.ts";
import { gateOnNode } from "../pure/node_gate/gate_on_node.ts";
import type { GateRules } from "../pure/node_gate/gate_rules.ts";
import { gateValue, type ToldGate } from "../pure/node_gate/gate_value.ts";
import type { ObservedNode } from "../pure/objects/observed.ts";
import type { WantedSet } from "../pure/wants/wanted_set.ts";
import { NodeGate, type NodeGateDeps } from "./node_gate.ts";

/** What a controller has for gates; they are off where something of it is missing. */
export type MaybeGateDeps =
  & Omit<NodeGateDeps, "nodeGates" | "shown">
  & Partial<{ [Key in "nodeGates" | "shown"]: NodeGateDeps[Key] | undefined }>;

/** Makes what takes passes to gates; undefined: gates are off. */
export function passGates(
  deps: MaybeGateDeps,
  rules: GateRules | undefined,
): PassGates | undefined {
  const { nodeGates, shown } = deps;
  if (nodeGates === undefined || shown === undefined || rules === undefined) return undefined;
  return new PassGates(new NodeGate({ ...deps, nodeGates, shown }, rules), rules);
}

/** What a pass over all objects has found out. */
export interface PassOfNodes {
  /** As they were observed. */
  readonly nodes: readonly ObservedNode[];
  /** The same ones, in the same order, as they will be once they have started. */
  readonly settled: readonly ObservedNode[];
  readonly set: Pick<WantedSet, "images">;
  /** Whether all objects were read: before that, what is due is not known. */
  readonly synced: boolean;
}

/** Takes what each pass finds out to the gates of nodes, and what gates wait for to the bucket. */
export class PassGates {
  readonly #gate: NodeGate;
  readonly #rules: GateRules;
  readonly #due = new DueLists();
  readonly #values = new Map<string, { readonly of: ToldGate; readonly value: NodeGateValue }>();

  constructor(gate: NodeGate, rules: GateRules) {
    this.#gate = gate;
    this.#rules = rules;
  }

  /** Opens gates until `signal` aborts. */
  keep(signal: AbortSignal): Promise<void> {
    return this.#gate.keep(signal);
  }

  /** Takes in that this controller began or ended to lead. */
  leadershipChanged(): void {
    this.#gate.wake();
  }

  /** Takes in a pass. */
  take({ nodes, settled, set, synced }: PassOfNodes): void {
    const gates = nodes.flatMap((node, at): (Omit<SeenGate, "due"> & Settled)[] => {
      const gate = gateOnNode(node, this.#rules);
      return gate === undefined ? [] : [{ node, gate, settled: settled[at] ?? node }];
    });
    const due = synced ? this.#due.of(gates.map(({ settled }) => settled), set.images) : undefined;
    this.#gate.take(gates.map(({ node, gate }) => ({ node, gate, due: due?.get(node.name) })));
    for (const name of this.#values.keys()) {
      if (this.#gate.gateOf(name) === undefined) this.#values.delete(name);
    }
  }

  /**
   * The gates that keep pods away and wait for something, for the bucket; the images of each take at
   * most half of what fits into a value.
   */
  values(partBytes: number): { get(node: string): NodeGateValue | undefined } {
    return { get: (node) => this.#valueOf(node, Math.floor(partBytes / 2)) };
  }

  #valueOf(node: string, mostBytes: number): NodeGateValue | undefined {
    const gated = this.#gate.gateOf(node);
    if (gated?.due === undefined || !gated.keepsPodsAway) return undefined;
    const { due, untilMs, share, isUnlabelled } = gated;
    if (due.length === 0 && !isUnlabelled) return undefined; // it is about to open
    const of = { due, share, untilMs, mostBytes };
    const known = this.#values.get(node);
    const value = known !== undefined && isSame(known.of, of) ? known.value : gateValue(of);
    this.#values.set(node, { of, value });
    return value;
  }
}

/**
 * Whether a node need not be told anew. As pods begin and end to wait, the order of what is due changes
 * all the time: the same images in another one are not worth a write to each node that is shut.
 */
function isSame(one: ToldGate, other: ToldGate): boolean {
  return one.untilMs === other.untilMs && one.mostBytes === other.mostBytes &&
    (one.due === other.due || sameMembers(one.due, other.due));
}

function sameMembers(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && new Set(one).isSupersetOf(new Set(other));
}

interface Settled {
  readonly settled: ObservedNode;
}
