import { durationText } from "../duration_text.ts";
import { bytesText } from "../room/bytes_text.ts";
import { type TextCell, type TextTable, type Tone, withoutEmptyColumns } from "../text_table.ts";
import { visibleText } from "../visible_text.ts";
import { versionsOf } from "./agent_versions.ts";
import { failedText } from "./failed_text.ts";
import { gateText } from "./gate_text.ts";
import type { ImageRow } from "./image_rows.ts";
import type { NodeRow } from "./node_rows.ts";
import type { Standing } from "./standing.ts";
import type { ImageStatus, NodeStatus, StatusView } from "./status_view.ts";
import { summaryLines } from "./summary_text.ts";

/** Parts of what a person reads, from the top down: lines of text, and tables. */
export type StatusText = readonly (string | TextTable)[];

/** Puts a status into words; `isAll`: nothing was asked for by name. */
export function statusText(status: StatusView, isAll: boolean): StatusText {
  const { nodes, images } = status;
  const wallMs = Date.parse(status.at);
  const several = {
    nodes: nodes.filter(({ has }) => has === undefined),
    images: isAll ? [] : images.filter(({ on }) => on === undefined),
  };
  return [
    ...(isAll ? summaryLines(status) : []),
    ...(several.nodes.length > 0 ? [nodesTable(several.nodes)] : []),
    ...(several.images.length > 0 ? [imagesTable(several.images)] : []),
    ...nodes.flatMap((node) => node.has === undefined ? [] : nodeText(node, node.has, wallMs)),
    ...images.flatMap((image) => image.on === undefined ? [] : imageText(image, image.on, wallMs)),
  ];
}

/** One line a node. */
export function nodesTable(rows: readonly NodeRow[]): TextTable {
  const versions = versionsOf(rows);
  return withoutEmptyColumns({
    heads: ["node", "warm", "gate", "pulling", "waiting", "failed", "skipped", "disk", "agent"],
    kinds: ["name", "whole", "whole", "list", "whole", "list", "whole", "whole", "list"],
    cells: rows.map((row) => [
      visibleText(row.node),
      toned(`${row.warm}/${row.wanted}`, row.warm + row.skipped >= row.wanted ? "good" : "busy"),
      gateCell(row),
      pullingText(row),
      countText(row.waiting + row.other),
      toned(failedText(row.failed, row.failures), "bad"),
      countText(row.skipped),
      diskText(row.diskPercent),
      agentCell(row, versions.length > 1),
    ]),
  });
}

/** One line an image. */
export function imagesTable(rows: readonly ImageRow[]): TextTable {
  return withoutEmptyColumns({
    heads: ["image", "warm", "pulling", "waiting", "failed", "skipped", "size", "wanted"],
    kinds: ["name", "whole", "whole", "whole", "whole", "whole", "whole", "list"],
    cells: rows.map((row) => [
      visibleText(row.image),
      toned(`${row.warm}/${row.nodes}`, row.warm + row.skipped >= row.nodes ? "good" : "busy"),
      countText(row.pulling),
      countText(row.waiting + row.other),
      toned(countText(row.failed), "bad"),
      countText(row.skipped),
      row.sizeBytes === undefined ? "" : bytesText(row.sizeBytes),
      row.isWanted ? "" : "not any more",
    ]),
  });
}

function nodeText(
  row: NodeStatus,
  has: readonly (Standing & { readonly image: string })[],
  wallMs: number,
): StatusText {
  const { node, warm, wanted, diskPercent, diskFreeBytes, version, runtime } = row;
  const disk = diskPercent === undefined
    ? undefined
    : `disk ${diskText(diskPercent)}${
      diskFreeBytes === undefined ? "" : ` (${bytesText(diskFreeBytes)} free)`
    }`;
  const about = [
    `${warm} of ${wanted} images warm${asBytesText(row.asBytes)}`,
    disk,
    row.agent === "fresh" ? `sign of its agent ${signText(row)} ago` : `agent ${signText(row)}`,
    row.isKnown ? undefined : NO_NODE,
    version && `version ${version}`,
    runtime && `containerd ${runtime}`,
  ].filter((each) => each !== undefined).map(visibleText);
  const head = `node ${visibleText(node)}: ${about.join("; ")}`;
  return [
    head,
    ...(row.gate === undefined ? [] : gateText(row.gate, wallMs)),
    standingTable("image", has.map((each) => [each.image, each]), wallMs),
  ];
}

function imageText(
  row: ImageStatus,
  on: readonly (Standing & { readonly node: string })[],
  wallMs: number,
): StatusText {
  const warm = on.filter(({ state }) => state === "warm").length;
  const bytes = on.filter(({ as }) => as === "bytes").length;
  const about = [
    `warm on ${warm} of ${on.length} ${on.length === 1 ? "node" : "nodes"}${asBytesText(bytes)}`,
    row.sizeBytes === undefined ? undefined : bytesText(row.sizeBytes),
    row.isWanted ? undefined : "not wanted any more",
  ].filter((each) => each !== undefined);
  const head = `image ${visibleText(row.image)}: ${about.join("; ")}`;
  return [head, standingTable("node", on.map((each) => [each.node, each]), wallMs)];
}

function standingTable(
  head: string,
  rows: readonly (readonly [name: string, standing: Standing])[],
  wallMs: number,
): TextTable {
  return withoutEmptyColumns({
    heads: [head, "state", "since", "next try", "details"],
    kinds: ["name", "whole", "whole", "whole", "prose"],
    cells: rows.map(([name, standing]) => [
      visibleText(name),
      toned(visibleText(stateText(standing)), STATE_TONES[standing.state] ?? "busy"),
      standing.since === undefined ? "" : durationText(wallMs - Date.parse(standing.since)),
      nextTryText(standing.nextTry, wallMs),
      visibleText(detailsText(standing)),
    ]),
  });
}

const stateText = ({ state, as }: Standing): string => as === "bytes" ? `${state} as bytes` : state;

/** What the states of images are to a person. */
export const STATE_TONES: Readonly<Record<string, Tone>> = {
  warm: "good",
  failed: "bad",
  missing: "bad",
  skipped: "faint",
};

function detailsText(standing: Standing): string {
  const { agent = "fresh", agentAgeMs = 0 } = standing;
  switch (agent) {
    case "missing":
      return "the node has no agent";
    case "stale": {
      const told = ownDetails(standing);
      const silence = `its agent has been silent for ${durationText(agentAgeMs)}`;
      return told === "" ? silence : `${silence}; ${told}`;
    }
    case "fresh":
      return ownDetails(standing);
    default:
      return agent satisfies never;
  }
}

/** Most pulls take less than some seconds. */
function pullTimeText(seconds: number): string {
  return seconds < 10 ? `${seconds.toFixed(1)} s` : durationText(seconds * 1000);
}

function ownDetails({ state, reason, progress, bytes, pullSeconds, direct }: Standing): string {
  if (state === "missing") return "its agent does not report it yet";
  if (state === "warm") {
    const size = bytes === undefined ? "" : bytesText(bytes);
    const took = pullSeconds === undefined ? "" : ` in ${pullTimeText(pullSeconds)}`;
    return `${size}${took}`.trim();
  }
  const how = progress && progressText(progress);
  return [reason, how, direct && `not through the relay: ${direct}`].filter(Boolean).join("; ");
}

function nextTryText(nextTry: string | undefined, wallMs: number): string {
  if (nextTry === undefined) return "";
  const inMs = Date.parse(nextTry) - wallMs;
  return inMs > 0 ? `in ${durationText(inMs)}` : "now";
}

/** How many of the images are there that keep pods from the node. */
function gateCell({ gate }: NodeRow): TextCell {
  if (gate === undefined) return "";
  return toned(`${gate.warm ?? "?"}/${gate.due}`, "busy");
}

function pullingText({ pulling, progress }: NodeRow): string {
  if (pulling === 0) return "";
  if (progress === undefined || progress.totalBytes === 0) return String(pulling);
  const { secondsLeft } = progress;
  const left = secondsLeft === undefined ? "" : `, ${durationText(secondsLeft * 1000)}`;
  return `${pulling} (${percentText(progress)}${left})`;
}

function progressText(progress: NonNullable<Standing["progress"]>): string {
  const { totalBytes, bytesPerSecond, secondsLeft } = progress;
  const pace = bytesPerSecond === undefined ? undefined : `${bytesText(bytesPerSecond)}/s`;
  const left = secondsLeft === undefined ? undefined : `${durationText(secondsLeft * 1000)} left`;
  return [`${percentText(progress)} of ${bytesText(totalBytes)}`, pace, left].filter(Boolean).join(
    ", ",
  );
}

function percentText(
  { bytes, totalBytes }: { readonly bytes: number; readonly totalBytes: number },
) {
  return totalBytes > 0 ? `${Math.min(100, Math.floor(100 * bytes / totalBytes))} %` : "0 %";
}

/** A version is said where there are several, else once above the table. */
function agentCell(row: NodeRow, hasVersion: boolean): TextCell {
  const version = hasVersion && row.version ? visibleText(row.version) : "";
  const text = [agentText(row), version].filter(Boolean).join(", ");
  return row.agent === "fresh" && row.isKnown ? text : { text, tone: "bad" };
}

function agentText(row: NodeRow): string {
  return row.isKnown ? signText(row) : `${signText(row)}, ${NO_NODE}`;
}

const NO_NODE = "no such Node";

function signText({ agent, ageMs = 0 }: NodeRow): string {
  const signs = {
    fresh: durationText(ageMs),
    stale: `stale ${durationText(ageMs)}`,
    missing: "missing",
  };
  return signs[agent];
}

const diskText = (percent: number | undefined): string =>
  percent === undefined ? "" : `${Math.round(percent)} %`;

const countText = (count: number): string => count === 0 ? "" : String(count);

const asBytesText = (count = 0): string => count === 0 ? "" : `, ${count} as bytes`;

const toned = (text: string, tone: Tone): TextCell => text === "" ? "" : { text, tone };
