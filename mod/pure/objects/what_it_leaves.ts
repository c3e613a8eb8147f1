import { type Kind, kindName } from "./kind.ts";
import type { Observed } from "./observed.ts";
import { isFields } from "./raw_value.ts";

/**
 * What a parsed object of this kind leaves: its record, or undefined where it wants nothing, such as
 * a Job that has ended. What is of the whole cluster is in no namespace. Never throws: what is wrong
 * with an object is listed in its faults.
 *
 * This is the one place where an object that matters is told from one that does not.
 */
export function whatItLeaves(raw: unknown, kind: Kind): Observed | undefined {
  if (!isFields(raw)) return undefined;
  const record = kind.observe(raw, kindName(kind));
  if (record.type === "ignored") return undefined;
  if (record.type !== "workload" || kind.namespaced) return record;
  return { type: "workload", workload: { ...record.workload, namespace: "" } };
}
