import type { ImageReport, PartValue, ReportValue } from "./agent_wire.ts";
import { jsonBytes } from "./json_bytes.ts";
import { LIMITS } from "./limits.ts";
import { partKey, reportKey } from "./state_keys.ts";
import { withoutUnset } from "../without_unset.ts";

/** What a report says, whenever it is written. */
export interface ReportContent {
  readonly node: string;
  readonly nodeUid?: string;
  readonly agent: string;
  readonly runtime?: ReportValue["runtime"];
  readonly images: Readonly<Record<string, ImageReport>>;
}

/** One value to write. */
export interface ReportEntry {
  readonly key: string;
  readonly value: string;
}

/** How a report is written. */
export interface ReportShape {
  /** ISO time of writing; no two reports of a node have the same. */
  readonly at: string;
  /** Most bytes of one value. */
  readonly partBytes: number;
  /** Fewer parts than needed leave out images, and count them. */
  readonly maxParts?: number | undefined;
}

/**
 * The values of a report in the order in which they must be written: `report.<node>` comes last, as
 * it says how many parts there are, and a reader goes by it. Without images it is one value, too.
 */
export function reportEntries(content: ReportContent, shape: ReportShape): ReportEntry[] {
  const { at, partBytes, maxParts = LIMITS.parts } = shape;
  const { images, ...about } = content;
  const { node } = about;
  const all = splitImages(images, partBytes - HEAD_BYTES);
  const parts = all.slice(0, maxParts);
  const omitted = all.slice(maxParts).reduce((sum, each) => sum + each.length, 0);
  const head: ReportValue = withoutUnset({
    v: 1,
    ...about,
    at,
    images: Object.fromEntries(parts[0] ?? []),
    parts: parts.length > 1 ? parts.length : undefined,
    omitted: omitted > 0 ? omitted : undefined,
  });
  const further = parts.slice(1).map((entries, index) => {
    const part: PartValue = { v: 1, node, at, images: Object.fromEntries(entries) };
    return { key: partKey(index + 2, node), value: JSON.stringify(part) };
  });
  return [...further, { key: reportKey(node), value: JSON.stringify(head) }];
}

/** Room for everything in a value but its images. */
const HEAD_BYTES = 2_000;

type Entry = readonly [string, ImageReport];

/** Groups of images in order, each of at most `maxBytes` as JSON, or of one image. */
function splitImages(images: ReportContent["images"], maxBytes: number): Entry[][] {
  const groups: Entry[][] = [];
  let room = -1;
  for (const entry of Object.entries(images)) {
    // As a field of an object with its colon and comma; a list of two has as many signs around it.
    const bytes = jsonBytes(entry);
    if (bytes > room) {
      groups.push([]);
      room = maxBytes;
    }
    groups.at(-1)?.push(entry);
    room -= bytes;
  }
  return groups;
}
