import type { Clock } from "../ports/clock.ts";
import type { Conditions } from "../ports/conditions.ts";
import type { Logger } from "../ports/logger.ts";
import type { Metrics } from "../ports/metrics.ts";
import type { NodeChange } from "../ports/node_gates.ts";
import { messageOf } from "../pure/message_of.ts";
import type { ChangeTries } from "../pure/node_gate/change_tries.ts";
import type { ObservedNode } from "../pure/objects/observed.ts";
import { RareWarnings } from "./rare_warnings.ts";

/** What `GateChanges` works with. */
export interface GateChangesDeps {
  readonly logger: Logger;
  readonly conditions: Conditions;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly random: () => number;
}

/** Tries changes to nodes; says what fails in the log, what is not granted in a note as well. */
export class GateChanges {
  readonly #deps: GateChangesDeps;
  readonly #warnings: RareWarnings;

  constructor(deps: GateChangesDeps) {
    this.#deps = deps;
    this.#warnings = new RareWarnings(deps);
    for (const result of RESULTS) {
      deps.metrics.count("warm_images_gate_writes_total", { result }, 0);
    }
  }

  /** Tries one; resolves to whether it was made by this controller. Never throws. */
  async try(
    node: ObservedNode,
    tries: ChangeTries,
    change: () => Promise<NodeChange>,
    signal: AbortSignal,
  ): Promise<boolean> {
    const { clock, random } = this.#deps;
    try {
      const changed = await change();
      this.#count(changed.result);
      if (changed.result === "refused") {
        const { why, lacksRight } = changed;
        if (lacksRight) tries.lackRight(why, clock.monotonicMs(), random);
        else tries.refuse(why, clock.monotonicMs(), random);
        const fields = { node: node.name, why };
        this.#warnings.warn("Must not open gates of nodes", fields, tries.resource);
        return false;
      }
      const isOurs = changed.result === "changed" ||
        (changed.result === "unchanged" && tries.mayBeDone);
      tries.made(node, clock.monotonicMs());
      return isOurs;
    } catch (error) {
      if (signal.aborted) return false;
      this.#count("failed");
      tries.failed(clock.monotonicMs(), random);
      this.#warnings.warn("Could not open the gate of a node, trying again", {
        node: node.name,
        error: messageOf(error),
      });
      return false;
    }
  }

  /** Shows beside the conditions of this controller what is not granted; undefined: nothing. */
  note(why: string | undefined): void {
    this.#deps.conditions.note("gate", why && `${why}; until then nothing opens them`);
  }

  #count(result: (typeof RESULTS)[number]): void {
    this.#deps.metrics.count("warm_images_gate_writes_total", { result });
  }
}

const RESULTS = ["changed", "unchanged", "gone", "refused", "failed"] as const;
