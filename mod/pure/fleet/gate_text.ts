import { durationText } from "../duration_text.ts";
import { type TextTable, withoutEmptyColumns } from "../text_table.ts";
import { visibleText } from "../visible_text.ts";
import type { GateRow } from "./gate_row.ts";

/** What a node that is kept from pods waits for, in lines and a table. */
export function gateText(gate: GateRow, wallMs: number): (string | TextTable)[] {
  const { awaited, hopeless, unnamed } = gate;
  const images = [
    ...awaited.map(({ image, state, reason = "" }) => ({ image, state, reason })),
    ...hopeless.map((each) => ({ ...each, state: "not waited for" })),
  ];
  return [
    `kept from pods until it is warm: ${gateLine(gate)}; ${limitText(gate.until, wallMs)}`,
    ...(images.length > 0 ? [imagesTable(images)] : []),
    ...(unnamed === undefined ? [] : [`and ${unnamed} more`]),
  ];
}

/** How many of the images that a gated node is to have are there, such as `2 of 5 due images warm`. */
export function gateLine({ due, share, warm }: Pick<GateRow, "due" | "share" | "warm">): string {
  if (due === 0) return "no image is due yet"; // labels of the node are still to come
  const images = due === 1 ? "due image" : "due images";
  const there = warm === undefined ? `${due} ${images}` : `${warm} of ${due} ${images} warm`;
  return share === undefined ? there : `${there}, ${Math.ceil(share * 100)} % are enough`;
}

/** Until when a node is kept from pods at most. */
export function limitText(until: string, wallMs: number): string {
  const inMs = Date.parse(until) - wallMs;
  if (Number.isNaN(inMs)) return `until ${visibleText(until)} at most`;
  return inMs > 0 ? `for ${durationText(inMs)} more at most` : "its time is up";
}

function imagesTable(
  images: readonly { readonly image: string; readonly state: string; readonly reason: string }[],
): TextTable {
  return withoutEmptyColumns({
    heads: ["due image", "state", "details"],
    kinds: ["name", "whole", "prose"],
    cells: images.map(({ image, state, reason }) => [
      visibleText(image),
      { text: visibleText(state), tone: state === "not waited for" ? "bad" : "busy" },
      visibleText(reason),
    ]),
  });
}
