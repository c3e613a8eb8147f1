import type { FleetNode } from "../fleet/fleet_node.ts";
import type { ObservedNode } from "../objects/observed.ts";
import { type DueStanding, dueStanding } from "./due_standing.ts";
import { type GateOnNode, isUnlabelled } from "./gate_on_node.ts";
import { gateSince } from "./gate_since.ts";
import { type GateVerdict, gateVerdict } from "./gate_verdict.ts";
import { nodeStanding } from "./node_standing.ts";

/** A node whose gate is shut, as a pass saw it. */
export interface SeenGate {
  /** As it was observed: with its startup taints. */
  readonly node: ObservedNode;
  readonly gate: GateOnNode;
  /** Canonical references, in the order in which to pull them; undefined: see `ShutGate`. */
  readonly due: readonly string[] | undefined;
}

/** By which all gates are judged. */
export interface GateTerms {
  /** How long after it began a gate opens whatever is missing, in ms. */
  readonly limitMs: number;
  /** How much of what is due is enough, above 0 and at most 1. */
  readonly share: number;
}

/** What is known of one shut gate; times are ms since the epoch by the API server's clock. */
export class GatedNode {
  readonly #terms: GateTerms;
  #seen: SeenGate;
  #sinceMs: number;
  readonly #firstSeenMs: number;
  #wasTainted = false;
  #standing: Standing | undefined;

  constructor(seen: SeenGate, terms: GateTerms, nowMs: number) {
    this.#terms = terms;
    this.#seen = seen;
    this.#firstSeenMs = nowMs;
    this.#sinceMs = this.#begin(nowMs);
  }

  get node(): ObservedNode {
    return this.#seen.node;
  }

  get gate(): GateOnNode {
    return this.#seen.gate;
  }

  get due(): readonly string[] | undefined {
    return this.#seen.due;
  }

  /** When its time began; it stays so while the gate is shut, whatever else happens to the node. */
  get sinceMs(): number {
    return this.#sinceMs;
  }

  /** When it opens whatever is missing. */
  get untilMs(): number {
    return this.#sinceMs + this.#terms.limitMs;
  }

  /** How much of what is due is enough. */
  get share(): number {
    return this.#terms.share;
  }

  /** How the due images stand; undefined: see `ShutGate`. */
  get standing(): DueStanding | undefined {
    return this.#standing?.due;
  }

  get isUnlabelled(): boolean {
    return isUnlabelled(this.node);
  }

  /**
   * Whether it keeps pods away, as far as is known. A node that never had the taint may be kept from
   * them by another program that waits for the condition; not one that was old when it was first seen.
   */
  get keepsPodsAway(): boolean {
    if (this.gate.isTainted) return true;
    return !this.#wasTainted && this.#firstSeenMs < this.untilMs;
  }

  /** Takes in how a later pass saw it. */
  see(seen: SeenGate, nowMs: number): void {
    const { isTainted: wasTainted } = this.gate;
    const isNewlyTainted = seen.gate.isTainted && !wasTainted;
    this.#seen = seen;
    this.#wasTainted ||= wasTainted;
    if (isNewlyTainted) this.#sinceMs = this.#begin(nowMs);
  }

  /** Takes in what the fleet knows of the node; of one that has not changed nothing is judged anew. */
  learn(node: FleetNode | undefined): void {
    const { due, node: { uid } } = this.#seen;
    const changedAt = node?.changedAt;
    if (this.#standing?.changedAt === changedAt && this.#standing?.of === due) return;
    const reported = due && nodeStanding(node, uid);
    const standing = due && reported && dueStanding(due, (image) => reported.get(image));
    this.#standing = { changedAt, of: due, due: standing };
  }

  /** `untilMs`: when it opens at the latest; not before its own limit. */
  verdict(nowMs: number, untilMs: number): GateVerdict {
    const { due, standing, isUnlabelled } = this;
    return gateVerdict({ untilMs, isUnlabelled, due, standing, share: this.#terms.share }, nowMs);
  }

  /** Timestamps may lie ahead: they are of an API server whose clock was set back since. */
  #begin(nowMs: number): number {
    const { node, gate: { isTainted } } = this.#seen;
    const { limitMs } = this.#terms;
    return Math.min(gateSince(node, { isTainted, limitMs }) ?? nowMs, nowMs);
  }
}

/** From what a judgement follows, and what it is. */
interface Standing {
  readonly changedAt: number | undefined;
  readonly of: readonly string[] | undefined;
  readonly due: DueStanding | undefined;
}
