import type { GateFor } from "../node_gate/gate_rules.ts";
import { matchesTerms } from "../placement/node_terms.ts";
import { metadataOf } from "./observe_metadata.ts";
import type { Observed } from "./observed.ts";
import { type Fields, textsOf } from "./raw_value.ts";

/** Tells whether an object has labels that `--gate-for` selects. */
export type LabelGate = (raw: Fields) => boolean;

/**
 * Selects objects by their own labels, as `kubectl --selector` does; undefined where labels do not
 * say what is due.
 */
export function labelGate(gateFor: GateFor | undefined): LabelGate | undefined {
  if (gateFor?.type !== "selector") return undefined;
  const terms = [{ matchExpressions: gateFor.selector }];
  return (raw) => matchesTerms(terms, { name: "", labels: textsOf(metadataOf(raw).labels) });
}

/** The record of an object that is selected, marked as such. */
export function gated(record: Observed): Observed {
  switch (record.type) {
    case "workload": {
      const { workload } = record;
      return {
        type: "workload",
        workload: { ...workload, marks: { ...workload.marks, gate: true } },
      };
    }
    case "pod": {
      const { pod } = record;
      return { type: "pod", pod: { ...pod, marks: { ...pod.marks, gate: true } } };
    }
    case "namespace": {
      const { namespace } = record;
      return {
        type: "namespace",
        namespace: { ...namespace, marks: { ...namespace.marks, gate: true } },
      };
    }
    default:
      return record;
  }
}
