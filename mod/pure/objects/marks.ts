import { withoutUnset } from "../without_unset.ts";
import { markOf } from "./observe_metadata.ts";
import type { Marks } from "./observed.ts";

/** What users say of an object by annotations and labels; undefined where they say nothing. */
export function marksOf(raw: unknown): Marks | undefined {
  const priority = markOf(raw, "warm-images/priority");
  const marks: Marks = withoutUnset({
    priority: priority === "high" || priority === "low" ? priority : undefined,
    also: alsoOf(markOf(raw, "warm-images/also")),
    watch: markOf(raw, "warm-images/watch") === "true" ? true as const : undefined,
  });
  return Object.keys(marks).length > 0 ? marks : undefined;
}

/** Words with commas or white space between; none that is known counts as nothing said. */
function alsoOf(text = ""): Marks["also"] | undefined {
  const also = (["env", "args"] as const).filter((word) => text.split(/[\s,]+/).includes(word));
  return also.length > 0 ? also : undefined;
}
