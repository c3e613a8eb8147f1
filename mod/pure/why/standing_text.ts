import { bytesText } from "../room/bytes_text.ts";
import { durationText } from "../duration_text.ts";
import { limitText } from "../fleet/gate_text.ts";
import { STATE_TONES } from "../fleet/status_text.ts";
import type { Tone } from "../text_table.ts";
import { paragraph } from "./paragraph.ts";
import { UNTOLD } from "./why_nodes.ts";
import { clockText, timeText } from "./times_text.ts";
import type { WhyGate, WhyNode } from "./why_nodes.ts";

/** How an explanation is put into words. */
export interface WordsFor {
  /** Width of the terminal in characters. */
  readonly columns: number;
  /** The time of day, in ms since the epoch. */
  readonly wallMs: number;
  /** Colours a text, which keeps its width; absent: there are no colours. */
  readonly paint?: (text: string, tone: Tone | undefined) => string;
}

/** How an image stands on nodes, in lines; nodes of which the same is to be said are told together. */
export function standingLines(nodes: readonly WhyNode[], words: WordsFor): string[] {
  const { columns } = words;
  const groups = [...Map.groupBy(nodes, sameStanding).values()];
  const shown = groups.slice(0, GROUPS).flatMap((group) => groupLines(group, words));
  const rest = groups.slice(GROUPS).reduce((sum, { length }) => sum + length, 0);
  if (rest === 0) return shown;
  return [...shown, ...paragraph(`and ${rest} nodes in other ways`, { columns, first: "  " })];
}

/** Most groups of nodes that are told. */
const GROUPS = 12;

/** Nodes of which the same is to be said are told together. */
function sameStanding(node: WhyNode): string {
  const { as, reason, direct, progress, whyNot, agent, gate } = node;
  const means = gate?.isAwaited;
  return JSON.stringify([
    ...[stateText(node), as, agent, reason, direct, whyNot, means],
    progress && node.node,
  ]);
}

function groupLines(nodes: readonly WhyNode[], words: WordsFor): string[] {
  const [first] = nodes;
  if (first === undefined) return [];
  const { columns, paint = (text) => text } = words;
  const state = stateText(first);
  const names = namesOf(nodes.map(({ node }) => node), nodes.length);
  const head = nodes.length > NAMED ? `${nodes.length} nodes: ${names}` : names;
  const notes = standingNotes(nodes, first, words);
  const lines = paragraph(head, { columns, first: `  ${state.padEnd(STATE_WIDTH)} ` });
  const tone = first.agent === "fresh" ? STATE_TONES[first.state ?? "missing"] ?? "busy" : "bad";
  return [
    ...lines.map((line, at) => at === 0 ? line.replace(state, (text) => paint(text, tone)) : line),
    ...notes.flatMap((note) =>
      paragraph(note, { columns, first: " ".repeat(columns < 60 ? 4 : STATE_WIDTH + 3) })
    ),
  ];
}

const STATE_WIDTH = 8;

function stateText({ state, agent }: WhyNode): string {
  if (state === undefined) return agent === "stale" ? agent : "missing";
  return agent === "fresh" ? state : `${state}?`;
}

function standingNotes(
  nodes: readonly WhyNode[],
  first: WhyNode,
  { wallMs }: WordsFor,
): string[] {
  const { as, reason, direct, progress, state, agent, whyNot, agentAgeMs, usedAt, gate } = first;
  const since = earliest(nodes.map((node) => node.since));
  const nextTry = earliest(nodes.map((node) => node.nextTry));
  const most = nodes.length > 1 ? " at the longest" : "";
  const times = [
    since && `since ${clockText(since)} (${durationText(wallMs - Date.parse(since))}${most})`,
    nextTry && nextTryText(nextTry, wallMs),
  ].filter(Boolean).join("; ");
  const silence = agent === "stale" ? durationText(agentAgeMs ?? 0) : undefined;
  const notes = [
    as === "bytes" && BYTES_NOTE,
    reason,
    progress && progressText(progress),
    times,
    usedAt && nodes.length === 1 && `first used ${timeText(usedAt, { wallMs })}`,
    gate && gateNote(gate, wallMs, nodes.length),
    direct && `not through the relay: ${direct}`,
    whyNot && `it may not run there any more: ${whyNot}`,
    state === undefined && agent === "fresh" ? untoldText(nodes) : undefined,
    agent === "missing" ? "no agent there has written anything" : undefined,
    silence && `its agent has been silent for ${silence}: this is its last word`,
  ];
  return notes.filter((note): note is string => Boolean(note));
}

/** What of a warm image a person might miss. */
const BYTES_NOTE =
  "as bytes, which kubelet does not see: a pod still needs its login, and unpacks them";

function gateNote({ until, isAwaited }: WhyGate, wallMs: number, nodes: number): string {
  if (!isAwaited) return "no pods wait for it there, as it will not come soon";
  if (nodes > 1) return "pods are kept from the nodes until it is there";
  return `pods are kept from the node until it is there, ${limitText(until, wallMs)}`;
}

function untoldText(nodes: readonly WhyNode[]): string {
  if (nodes.some(({ mayRun }) => mayRun === undefined)) return UNTOLD;
  return nodes.some(({ omitted }) => omitted !== undefined)
    ? "its report, which had no room for all images, does not name it"
    : "its agent has not reported it yet";
}

function nextTryText(nextTry: string, wallMs: number): string {
  const inMs = Date.parse(nextTry) - wallMs;
  return inMs > 0
    ? `next try at ${clockText(nextTry)} (in ${durationText(inMs)})`
    : `next try was due at ${clockText(nextTry)}`;
}

function progressText(
  { bytes, totalBytes, bytesPerSecond, secondsLeft }: NonNullable<WhyNode["progress"]>,
): string {
  const percent = totalBytes > 0 ? `${Math.floor(100 * bytes / totalBytes)} % ` : "";
  const pace = bytesPerSecond === undefined ? "" : `, ${bytesText(bytesPerSecond)} a second`;
  const left = secondsLeft === undefined ? "" : `, ${durationText(secondsLeft * 1000)} left`;
  return `${percent}of ${bytesText(totalBytes)}${pace}${left}`;
}

/** Most names of one group that are told. */
const NAMED = 3;

/** The first of the names of so many nodes. */
export function namesOf(names: readonly string[], count: number): string {
  const shown = names.slice(0, NAMED).join(", ");
  return count > NAMED ? `${shown} and ${count - NAMED} more` : shown;
}

function earliest(times: readonly (string | undefined)[]): string | undefined {
  return times.filter((time) => time !== undefined).sort()[0];
}
