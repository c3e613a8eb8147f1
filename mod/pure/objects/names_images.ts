import type { GroupKind } from "./group_kind.ts";
import { findKind } from "./kinds.ts";
import { asksToSkip } from "./observe_metadata.ts";
import type { Observed } from "./observed.ts";
import { podShapedParts } from "./pod_shaped_parts.ts";
import type { Fields } from "./raw_value.ts";
import { whatItLeaves } from "./what_it_leaves.ts";

/** Whether an object would ask for images if its kind were followed, as far as that can be told. */
export function namesImages(
  raw: Fields,
  groupKind: GroupKind,
): boolean {
  if (asksToSkip(raw)) return false;
  const kind = findKind(groupKind);
  if (kind === undefined) return podShapedParts(raw).some(({ skip }) => !skip);
  const record = whatItLeaves(raw, kind);
  return record !== undefined && asksForImages(record);
}

function asksForImages(record: Observed): boolean {
  if (record.type === "pod") return record.pod.shape.wants.length > 0;
  if (record.type !== "workload") return false;
  const { skip, shapes } = record.workload;
  return !skip && shapes.some(({ wants }) => wants.length > 0);
}
