import type { WantsSource } from "../../../mod/ports/wants_source.ts";
import { type SeenObjects, seenObjects } from "../../../mod/pure/wants/seen_objects.ts";

/** All objects that a source knows now, by type. */
export function seenBy(source: Pick<WantsSource, "observe">): SeenObjects {
  return seenObjects(source.observe().records);
}
