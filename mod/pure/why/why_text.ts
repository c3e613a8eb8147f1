import { bytesText } from "../room/bytes_text.ts";
import type { NodesLeftOut } from "../wants/plan.ts";
import { priorityText } from "../wants/plan_table.ts";
import { paragraph } from "./paragraph.ts";
import { namesOf, standingLines, type WordsFor } from "./standing_text.ts";
import { timeText } from "./times_text.ts";
import type { UnwantedImage } from "./unwanted_image.ts";
import type { WhyImage, WhyPlacement } from "./why_image.ts";

/** An explanation in words; lines have no white space at their ends. */
export function whyText(why: WhyImage, words: WordsFor): string {
  const { columns } = words;
  return asText([
    ...paragraph(headOf(why, words), { columns }),
    ...section(reasonsHead(why), why.reasons.map(({ text }) => text), columns),
    ...why.isWanted && why.reasons.length === 0 ? ["", ...paragraph(UNTOLD, { columns })] : [],
    ...why.moreReasons > 0
      ? paragraph(`and ${why.moreReasons} more`, { columns, first: "  " })
      : [],
    ...section(
      "Where it takes a login, it is kept",
      (why.private ?? []).map(({ text }) => text),
      columns,
    ),
    ...section(
      why.isWanted ? "Not wanted by others:" : "What leaves it out:",
      why.withheld ? [why.withheld.text] : [],
      columns,
    ),
    ...nodeLines(why, words),
    ...section(notOnHead(why), why.notOn.map(leftOutText), columns),
  ]);
}

/** Why nothing is to be explained, and what the image may be called. */
export function unwantedText({ asked, image, nearest, rules }: UnwantedImage, columns: number) {
  const certain = (rules ?? []).filter(({ certain }) => certain);
  const head = certain.length > 0 ? "What leaves it out:" : "What could leave it out:";
  const causes = certain.length > 0
    ? certain.map(({ text }) => text)
    : [...(rules ?? []).map(({ text }) => text), ...OTHER_CAUSES];
  return asText([
    ...paragraph(`Nothing wants ${image ?? `"${asked}"`}`, { columns }),
    ...section("Called alike:", nearest, columns),
    ...section(head, causes, columns),
    ...rules === undefined ? ["", ...paragraph(NO_RULES, { columns })] : [],
  ]);
}

/** What a text may mean, where that is several images. */
export function severalText(asked: string, images: readonly string[], columns: number): string {
  const shown = images.slice(0, NAMED_IMAGES);
  const more = images.length > shown.length ? [`and ${images.length - shown.length} more`] : [];
  return asText(
    section(`"${asked}" may be one of ${images.length}:`, [...shown, ...more], columns),
  );
}

const NAMED_IMAGES = 20;

const OTHER_CAUSES = [
  "objects with warm-images/skip, or in a namespace that has it, do not count",
  "perhaps no object names it, or none of a kind that is followed (kinds)",
];

const NO_RULES = "The controller that writes the bucket does not tell its rules.";

function headOf(why: WhyImage, words: WordsFor): string {
  const { image, isWanted, unwantedSince, keptUntil, priority, neededBy, sizeBytes } = why;
  const until = keptUntil === undefined ? "" : `, and is kept until ${timeText(keptUntil, words)}`;
  const facts = [
    isWanted
      ? `${image} is wanted`
      : unwantedSince === undefined
      ? `${image} is not wanted, and nodes still report it`
      : `${image} is not wanted any more since ${timeText(unwantedSince, words)}${until}`,
    priority === undefined || priority === 0 ? undefined : `priority ${priorityText(priority)}`,
    neededBy && `needed by ${timeText(neededBy, words)}`,
    sizeBytes && bytesText(sizeBytes),
    why.refresh && "asked for anew at each start (imagePullPolicy Always)",
    why.pullSecrets.length > 0 && why.private === undefined
      ? `logins ${why.pullSecrets.join(", ")}`
      : undefined,
  ];
  return facts.filter(Boolean).join("; ");
}

const UNTOLD = "The bucket does not say who wants it.";

function reasonsHead({ reasons, moreReasons, isWanted }: WhyImage): string {
  const count = reasons.length + moreReasons;
  const objects = count === 1 ? "object" : "objects";
  return isWanted
    ? `${count} ${objects} ${count === 1 ? "wants" : "want"} it:`
    : "It was wanted by:";
}

function nodeLines(why: WhyImage, words: WordsFor): string[] {
  const { nodes, nodeCount: count } = why;
  const { columns } = words;
  if (why.placements !== undefined) return oneNodeLines(why, why.placements, words);
  if (count === 0) return ["", ...paragraph("No node is known.", { columns })];
  // Where no Node objects are known, it is the agent that judges, and reports what it wants.
  const may = nodes.filter(({ mayRun, state }) => mayRun ?? state !== undefined).length;
  const isGone = !why.isWanted && why.unwantedSince === undefined;
  const head = isGone
    ? "What nodes report of it"
    : `It may run on ${may} of ${count} ${count === 1 ? "node" : "nodes"}`;
  const lines = standingLines(nodes, words);
  return ["", ...paragraph(head + (lines.length > 0 ? ":" : ""), { columns }), ...lines];
}

function oneNodeLines(
  { nodes }: WhyImage,
  placements: readonly WhyPlacement[],
  words: WordsFor,
): string[] {
  const { columns } = words;
  const [node] = nodes;
  const told = placements.slice(0, PLACEMENTS).map(({ needs, whyNot }) =>
    `${needs === undefined ? "pods for any node" : `pods for nodes with ${needs}`}: ` +
    (whyNot === undefined ? "may run there" : `not there: ${whyNot}`)
  );
  const more = placements.length - told.length;
  // Nobody misses it where it may not run.
  const isTold = node?.mayRun || node?.state !== undefined;
  const verdict = node?.mayRun ? "It may run on" : "It may not run on";
  return [
    ...section(
      `${verdict} ${node?.node}:`,
      [...told, ...more > 0 ? [`and ${more} more`] : []],
      columns,
    ),
    ...isTold ? ["", ...standingLines(nodes, words)] : [],
  ];
}

/** Most placements that are told one by one. */
const PLACEMENTS = 10;

function notOnHead({ notOn }: WhyImage): string {
  const count = notOn.reduce((sum, each) => sum + each.count, 0);
  return `Not on ${count} ${count === 1 ? "node" : "nodes"}:`;
}

function leftOutText({ why, count, nodes }: NodesLeftOut): string {
  return `${namesOf(nodes, count)}: ${why}`;
}

function section(head: string, items: readonly string[], columns: number): string[] {
  if (items.length === 0) return [];
  return [
    "",
    ...paragraph(head, { columns }),
    ...items.flatMap((item) => paragraph(item, { columns, first: "  " })),
  ];
}

function asText(lines: readonly string[]): string {
  const start = lines[0] === "" ? 1 : 0;
  return lines.slice(start).map((line) => line.trimEnd()).join("\n");
}
