import type { Clock } from "../ports/clock.ts";
import type { Logger } from "../ports/logger.ts";
import type { GateRules } from "../pure/node_gate/gate_rules.ts";
import { unliftedTaints } from "../pure/node_gate/unlifted_taints.ts";
import type { ObservedNode } from "../pure/objects/observed.ts";
import { taintText } from "../pure/placement/why_not.ts";
import { RareWarnings } from "./rare_warnings.ts";

/** Says of nodes that nobody opens: pods would be kept from them without a word. */
export class UnliftedWarning {
  readonly #warnings: RareWarnings;
  readonly #rules: GateRules | undefined;

  /** Without `rules` gates are off. */
  constructor(
    deps: { readonly logger: Logger; readonly clock: Clock },
    rules: GateRules | undefined,
  ) {
    this.#warnings = new RareWarnings(deps);
    this.#rules = rules;
  }

  /** Takes in the nodes as they were observed. */
  take(nodes: Iterable<ObservedNode>): void {
    const shut = unliftedTaints(nodes, this.#rules?.taints ?? []);
    const [first] = shut;
    if (first === undefined) return;
    this.#warnings.warn("Nodes have a taint of new nodes that --gate-taints does not lift", {
      nodes: shut.length,
      node: first.node,
      taint: taintText(first.taint),
      gate: this.#rules === undefined ? "off" : "on",
    });
  }
}
