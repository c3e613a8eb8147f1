import { parseImageReference } from "../images/image_reference.ts";
import { visibleText } from "../visible_text.ts";
import { nearestImages } from "../why/named_images.ts";
import { type TextTable, withoutEmptyColumns } from "../text_table.ts";
import type { Lack, WaitVerdict } from "./wait_verdict.ts";

/** How a wait ended, as `status --wait --output json` prints it. */
export interface WaitResult extends Omit<WaitVerdict, "result"> {
  readonly v: 1;
  /** With these exit codes: 0, 1 and 3. */
  readonly result: "warm" | "timeout" | "useless";
  /** Why the bucket could not be read in the end. */
  readonly fault?: string;
}

/** Canonical references of what a person named, or a sentence for each name that is none. */
export function waitedImages(
  names: readonly string[],
): { readonly images: readonly string[] } | { readonly faults: readonly string[] } {
  const parsed = names.map((name) => ({ name, ...parseImageReference(name) }));
  const faults = parsed.flatMap((each) =>
    "fault" in each ? [`"${each.name}" is no image: ${each.fault}`] : []
  );
  if (faults.length > 0) return { faults };
  return {
    images: parsed.flatMap((each) => "reference" in each ? [each.reference.canonical] : []),
  };
}

/** One line while it is waited. */
export function waitingLine({ warm, due, lacks, lacking }: WaitVerdict): string {
  const [first] = lacks;
  const more = lacking > 1 ? `, and ${lacking - 1} more` : "";
  const what = first === undefined ? "" : `: ${lackLine(first)}${more}`;
  return `Waits, ${warm} of ${due} warm${what}`;
}

/** What a person is told in the end; `known` are the images that are wanted. */
export function waitText(result: WaitResult, known: Iterable<string>): (string | TextTable)[] {
  const { warm, due, lacks, lacking, fault } = result;
  if (result.result === "warm") {
    return [due === 0 ? "All warm: no node may run it now" : `All warm: ${warm} of ${due}`];
  }
  const faults = lacks.filter(({ isFault }) => isFault);
  const shown = result.result === "useless" ? faults : lacks;
  const rest = lacking - shown.length;
  return [
    result.result === "useless"
      ? `${warm} of ${due} warm, and waiting is useless: ${whyUseless(faults)}`
      : `${warm} of ${due} warm when time was up${fault === undefined ? "" : `: ${fault}`}`,
    ...(shown.length > 0 ? [lacksTable(shown)] : []),
    ...(rest > 0 ? [`${rest} more ${rest === 1 ? "is" : "are"} not warm`] : []),
    ...nearestLines(lacks, [...known]),
  ];
}

function whyUseless(faults: readonly Lack[]): string {
  return faults.some(({ state }) => state === "failed")
    ? "what failed is not tried again soon"
    : "what is missing does not come by itself";
}

/** Of what nothing wants, what is called alike. */
function nearestLines(lacks: readonly Lack[], known: readonly string[]): string[] {
  const isKnown = new Set(known);
  const unwanted = lacks.flatMap(({ image }) =>
    image === undefined || isKnown.has(image) ? [] : [image]
  );
  return unwanted.flatMap((image) => {
    const names = nearestImages(image, known);
    return names.length === 0 ? [] : [visibleText(`Wanted and called alike: ${names.join(", ")}`)];
  });
}

/** Most nodes that are named of those of which the same is to be said. */
const NAMED = 3;

function lacksTable(lacks: readonly Lack[]): TextTable {
  const groups = Map.groupBy(
    lacks,
    ({ image, state, reason }) => JSON.stringify([image, state, reason]),
  ).values();
  return withoutEmptyColumns({
    heads: ["image", "node", "state", "why"],
    kinds: ["name", "list", "whole", "prose"],
    cells: [...groups].map((group) => {
      const [{ image = "", state = "", reason = "" } = {}] = group;
      const tone = state === "failed" ? "bad" : "busy";
      return [
        visibleText(image),
        nodesText(group),
        { text: visibleText(state), tone },
        visibleText(reason),
      ];
    }),
  });
}

function nodesText(lacks: readonly Lack[]): string {
  const names = lacks.flatMap(({ node }) => node === undefined ? [] : [visibleText(node)]);
  const shown = names.slice(0, NAMED).join("\n");
  return names.length > NAMED ? `${shown}\n+${names.length - NAMED} more` : shown;
}

function lackLine({ image, node, state, reason }: Lack): string {
  const where = [image, node && `on ${node}`].filter(Boolean).join(" ");
  const what = reason === "" ? state : state === "missing" ? reason : `${state}, ${reason}`;
  return visibleText(where === "" ? what : `${where}: ${what}`);
}
