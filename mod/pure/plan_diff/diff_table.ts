import { bytesText } from "../room/bytes_text.ts";
import type { TextCell, TextTable, Tone } from "../text_table.ts";
import { withoutEmptyColumns } from "../text_table.ts";
import { visibleText } from "../visible_text.ts";
import type { ImageChange } from "./image_change.ts";
import type { Amount } from "./node_changes.ts";
import type { PlanDiff } from "./plan_diff.ts";

/** A difference in words: what becomes of images, of nodes, and a last line that sums it up. */
export interface DiffTables {
  readonly images: TextTable | undefined;
  readonly nodes: TextTable | undefined;
  readonly summary: string;
}

/** Puts a difference into words; `isAsked`: whether registries were asked for sizes. */
export function diffTables(diff: PlanDiff, isAsked = false): DiffTables {
  const { images, nodes } = diff;
  return {
    images: images.length === 0 ? undefined : imageTable(diff),
    nodes: nodes.length === 0 ? undefined : withoutEmptyColumns({
      heads: ["node", "comes", "to pull", "goes", "to free"],
      cells: nodes.map(({ node, comes, goes }) => [
        visibleText(node),
        countText(comes),
        bytesOf(comes),
        countText(goes),
        bytesOf(goes),
      ]),
    }),
    summary: summaryOf(diff, isAsked),
  };
}

const TONES: Readonly<Record<ImageChange["change"], Tone>> = {
  comes: "good",
  goes: "bad",
  moves: "busy",
  stays: "faint",
};

function imageTable({ images, nodeCount }: PlanDiff): TextTable {
  const cells = images.map((change): TextCell[] => [
    visibleText(change.image),
    { text: change.change, tone: TONES[change.change] },
    nodesText(change, nodeCount),
    change.sizeBytes === undefined ? "" : bytesText(change.sizeBytes),
    shortened(change.why.map(visibleText)),
  ]);
  return withoutEmptyColumns({ heads: ["image", "change", "nodes", "size", "why"], cells });
}

/** Most items that a cell names. */
const SHOWN = 2;

function shortened(texts: readonly string[]): string {
  const more = texts.length > SHOWN ? [`+${texts.length - SHOWN} more`] : [];
  return [...texts.slice(0, SHOWN), ...more].join("\n");
}

function nodesText({ change, on, off, isThere }: ImageChange, nodeCount: number): string {
  const there = isThere ? "\nstill there" : "";
  switch (change) {
    case "comes":
      return namesText(on, nodeCount) + there;
    case "goes":
      return namesText(off, nodeCount);
    case "moves":
      return [
        on.length > 0 ? `to ${namesText(on, nodeCount)}` : "",
        off.length > 0 ? `off ${namesText(off, nodeCount)}` : "",
      ].filter(Boolean).join("\n");
    case "stays":
      return "";
    default:
      return change satisfies never;
  }
}

function namesText(names: readonly string[] | string, nodeCount: number): string {
  if (typeof names === "string") return visibleText(names);
  if (names.length === 0) return "none";
  if (names.length === nodeCount) return "all";
  const more = names.length > SHOWN ? ` +${names.length - SHOWN} more` : "";
  return names.slice(0, SHOWN).map(visibleText).join(", ") + more;
}

const countText = ({ images }: Amount): string => images === 0 ? "" : String(images);

/** At least so much, where sizes are unknown. */
function bytesOf({ images, bytes, unknown }: Amount): string {
  if (images === 0) return "";
  if (unknown === images) return "unknown";
  return unknown === 0 ? bytesText(bytes) : `${bytesText(bytes)} and ${unknown} unknown`;
}

function summaryOf(
  { images, compared, unchanged, unknownSizes, anyKnown }: PlanDiff,
  isAsked: boolean,
): string {
  const counts = (["comes", "goes", "moves", "stays"] as const).flatMap((change) => {
    const count = images.filter((each) => each.change === change).length;
    return count === 0 ? [] : [`${count} ${count === 1 ? change : PLURALS[change]}`];
  });
  const of = compared === "objects" ? " of these objects" : "";
  const sizes = unknownSizes.length > 0
    ? ` Sizes of ${unknownSizes.length} are not known${isAsked ? "" : ": --sizes asks registries"}.`
    : "";
  const others = unchanged === 1
    ? `1 wanted image${of} stays as it is`
    : `${unchanged} wanted images${of} stay as they are`;
  return `${counts.join(", ") || "Nothing changes"}; ${others}.${sizes}${
    anyKnown === false ? NONE_KNOWN : ""
  }`;
}

const NONE_KNOWN =
  " The bucket knows none of these objects: those that name no namespace are taken " +
  "for --default-namespace.";

const PLURALS: Readonly<Record<ImageChange["change"], string>> = {
  comes: "come",
  goes: "go",
  moves: "move",
  stays: "stay although objects drop them",
};
