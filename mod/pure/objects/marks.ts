import { withoutUnset } from "../without_unset.ts";
import { markOf } from "./observe_metadata.ts";
import type { Marks } from "./observed.ts";

/** What users say of an object by annotations and labels; undefined where they say nothing. */
export function marksOf(raw: unknown): Marks | undefined {
  const priority = markOf(raw, "warm-images/priority");
  const marks: Marks = withoutUnset({
    priority: priority === "high" || priority === "low" ? priority : undefined,
    watch: markOf(raw, "warm-images/watch") === "true" ? true as const : undefined,
  });
  return Object.keys(marks).length > 0 ? marks : undefined;
}
