import { type Kind, kindName } from "./kind.ts";
import type { Observed } from "./observed.ts";
import { isFields } from "./raw_value.ts";

/**
 * What a parsed object of this kind leaves: its record, or undefined where it wants nothing, such as
 * a Job that has ended. Never throws: what is wrong with an object is listed in its faults.
 *
 * This is the one place where an object that matters is told from one that does not.
 */
export function whatItLeaves(raw: unknown, kind: Kind): Observed | undefined {
  if (!isFields(raw)) return undefined;
  const record = kind.observe(raw, kindName(kind));
  return record.type === "ignored" ? undefined : record;
}
