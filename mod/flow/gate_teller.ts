import type { Logger } from "../ports/logger.ts";
import type { Metrics } from "../ports/metrics.ts";
import type { GatedNode } from "../pure/node_gate/gated_node.ts";
import { hopelessText, openingText, type ToldOpening } from "../pure/node_gate/opening_text.ts";
import type { OpenedBy } from "../pure/node_gate/gate_verdict.ts";
import { withoutUnset } from "../pure/without_unset.ts";

const OPENED_BY: readonly OpenedBy[] = ["warm", "nothing_due", "limit"];

/** Logs and measures the gates of nodes. */
export class GateTeller {
  readonly #deps: { readonly logger: Logger; readonly metrics: Metrics };

  constructor(deps: { readonly logger: Logger; readonly metrics: Metrics }) {
    this.#deps = deps;
    for (const by of OPENED_BY) deps.metrics.count("warm_images_gate_opened_total", { by }, 0);
    this.count(0);
  }

  /** Measures how many nodes are kept from pods. */
  count(shut: number): void {
    this.#deps.metrics.gauge("warm_images_gate_nodes", shut);
  }

  /** Says what a node waits for; returns false where that is not known yet. */
  shut({ node, due, standing, isUnlabelled, keepsPodsAway, untilMs }: GatedNode): boolean {
    if (due === undefined) return false;
    if (!keepsPodsAway) return true;
    this.#deps.logger.info(
      "Node takes no pods until it is warm",
      withoutUnset({
        node: node.name,
        due: due.length,
        missing: due.length - (standing?.warm ?? 0),
        unlabelled: isUnlabelled || undefined,
        until: new Date(untilMs).toISOString(),
      }),
    );
    return true;
  }

  /** Says that a gate was opened, and why. */
  opened(node: string, opening: ToldOpening, keptPodsAway: boolean): void {
    const { logger, metrics } = this.#deps;
    const { by, due, standing, shutMs } = opening;
    const fields = withoutUnset({
      node,
      by,
      seconds: Math.round(shutMs / 100) / 10,
      due: due?.length,
      warm: standing?.warm,
    });
    // Old nodes that only get the condition have kept nobody waiting, and may be thousands.
    if (!keptPodsAway) return logger.debug("Told of a node that it is warm", fields);
    metrics.count("warm_images_gate_opened_total", { by });
    metrics.observe("warm_images_gate_seconds", shutMs / 1000);
    if (by === "limit") {
      const why = openingText(opening);
      return logger.warn("Opened the gate of a node that is not warm", { ...fields, why });
    }
    const hopeless = hopelessText(opening);
    logger.info("Opened the gate of a node", withoutUnset({ ...fields, hopeless }));
  }
}
