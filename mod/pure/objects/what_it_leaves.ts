import { isAsleep } from "./asleep.ts";
import { type Kind, kindName } from "./kind.ts";
import { gated, type LabelGate } from "./label_gate.ts";
import type { Observed } from "./observed.ts";
import { type Fields, isFields } from "./raw_value.ts";

/**
 * What a parsed object of this kind leaves: its record, or undefined where it wants nothing, such as
 * a Job that has ended. What is of the whole cluster is in no namespace. Never throws: what is wrong
 * with an object is listed in its faults. `isGated` tells objects whose images new nodes wait for.
 *
 * This is the one place where an object that matters is told from one that does not.
 */
export function whatItLeaves(raw: unknown, kind: Kind, isGated?: LabelGate): Observed | undefined {
  if (!isFields(raw)) return undefined;
  const record = recordOf(raw, kind);
  return record !== undefined && isGated?.(raw) ? gated(record) : record;
}

function recordOf(raw: Fields, kind: Kind): Observed | undefined {
  const record = kind.observe(raw, kindName(kind));
  if (record.type === "ignored") return undefined;
  if (record.type !== "workload") return record;
  const { workload } = record;
  const namespace = kind.namespaced ? workload.namespace : "";
  const asleep = isAsleep(raw, kind) ? { asleep: true as const } : {};
  return { type: "workload", workload: { ...workload, namespace, ...asleep } };
}
