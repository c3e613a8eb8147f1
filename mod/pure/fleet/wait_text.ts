import { parseImageReference } from "../images/image_reference.ts";
import type { TextTable } from "../text_table.ts";
import { visibleText } from "../visible_text.ts";
import { nearestImages } from "../why/named_images.ts";
import { withoutEmptyColumns } from "../text_table.ts";
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

/** What a person is told in the end. */
export function waitText(result: WaitResult, known: Iterable<string>): (string | TextTable)[] {
  const { warm, due, lacks, lacking, fault } = result;
  if (result.result === "warm") {
    return [due === 0 ? "All warm: no node may run it now" : `All warm: ${warm} of ${due}`];
  }
  const head = result.result === "useless"
    ? "Waiting is useless: what failed is not tried again soon"
    : "Not all is warm in time";
  const unwanted = lacks.flatMap(({ image, node, reason }) =>
    image !== undefined && node === undefined && reason.includes("wants") ? [image] : []
  );
  const all = [...known];
  const nearest = unwanted.flatMap((image) => {
    const names = nearestImages(image, all);
    return names.length === 0 ? [] : [`Wanted and called alike: ${names.join(", ")}`];
  });
  const rest = lacking - lacks.length;
  return [
    fault === undefined ? `${head}: ${warm} of ${due} are` : `${head}: ${fault}`,
    ...(lacks.length > 0 ? [lacksTable(lacks)] : []),
    ...(rest > 0 ? [`and ${rest} more`] : []),
    ...nearest.map(visibleText),
  ];
}

function lacksTable(lacks: readonly Lack[]): TextTable {
  return withoutEmptyColumns({
    heads: ["image", "node", "state", "why"],
    cells: lacks.map(({ image = "", node = "", state, reason }) => [
      visibleText(image),
      visibleText(node),
      { text: visibleText(state), tone: state === "failed" ? "bad" : "busy" },
      visibleText(reason),
    ]),
  });
}

function lackLine({ image, node, state, reason }: Lack): string {
  const where = [image, node && `on ${node}`].filter(Boolean).join(" ");
  const what = [state, reason].filter(Boolean).join(", ");
  return visibleText(where === "" ? what : `${where}: ${what}`);
}
