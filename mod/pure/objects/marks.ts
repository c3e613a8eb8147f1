import { parseLabelSelector } from "../placement/label_selector.ts";
import { unlessEmpty } from "../unless_empty.ts";
import { withoutUnset } from "../without_unset.ts";
import { markOf } from "./observe_metadata.ts";
import type { Marks, ObservedFault } from "./observed.ts";

/** What users say of an object, and what of it cannot be read. */
export interface ReadMarks {
  /** Undefined where they say nothing. */
  readonly marks: Marks | undefined;
  readonly faults: readonly ObservedFault[];
}

/** Reads what users say of an object by annotations and labels `warm-images/*`. */
export function readMarks(raw: unknown): ReadMarks {
  const faults: ObservedFault[] = [];
  const read = <T>(name: string, parse: (text: string) => T | { readonly fault: string }) => {
    const value = markOf(raw, `warm-images/${name}`);
    if (value === undefined) return undefined;
    const parsed = parse(value);
    if (!isFault(parsed)) return parsed;
    faults.push({ field: `warm-images/${name}`, value: value.slice(0, 200), why: parsed.fault });
  };
  const marks: Marks = withoutUnset({
    priority: read("priority", priorityOf),
    nodes: read("nodes", parseLabelSelector),
    also: read("also", alsoOf),
    watch: read("watch", watchOf),
  });
  return { marks: unlessEmpty(marks), faults };
}

function priorityOf(text: string): NonNullable<Marks["priority"]> | { readonly fault: string } {
  return text === "high" || text === "low" ? text : { fault: "it is neither high nor low" };
}

/** Words with commas or white space between. */
function alsoOf(text: string): NonNullable<Marks["also"]> | { readonly fault: string } {
  const words = text.split(/[\s,]+/).filter((word) => word !== "");
  const also = (["env", "args"] as const).filter((word) => words.includes(word));
  return also.length > 0 && also.length === new Set(words).size
    ? also
    : { fault: "it has other words than env and args" };
}

function watchOf(text: string): true | undefined | { readonly fault: string } {
  if (text === "true") return true;
  return text === "false" ? undefined : { fault: "it is neither true nor false" };
}

function isFault<T>(parsed: T | { readonly fault: string }): parsed is { readonly fault: string } {
  return typeof parsed === "object" && parsed !== null && "fault" in parsed;
}
