import { durationText } from "../duration_text.ts";
import { bytesText } from "../room/bytes_text.ts";
import { visibleText } from "../visible_text.ts";
import type { FleetSummary } from "./fleet_summary.ts";
import { versionsOf } from "./agent_versions.ts";
import { failedText } from "./failed_text.ts";
import type { StatusView } from "./status_view.ts";

/** A status in a few lines, with what keeps it from being all there is to say. */
export function summaryLines(status: StatusView): string[] {
  const { summary, nodes } = status;
  const { agents } = summary;
  const lines = [countsLine(summary)];
  const absent = [
    agents.stale > 0 ? `${agents.stale} stale` : "",
    agents.missing > 0 ? `${agents.missing} missing` : "",
  ].filter(Boolean);
  const versions = versionsOf(nodes);
  const version = versions.length === 0 ? "" : `; version ${versions.join(", ")}`;
  if (nodes.length > 0) {
    lines.push(`Agents: ${[`${agents.fresh} fresh`, ...absent].join(", ")}${version}`);
  }
  if (summary.gated !== undefined) lines.push(gatedLine(summary.gated));
  if (summary.uses !== undefined) lines.push(usesLine(summary.uses, Date.parse(status.at)));
  if (nodes.some(({ toldBy }) => toldBy === "beat")) {
    lines.push("Counts of most nodes are as of their last minute; status NODE reads its report");
  }
  return [...lines, ...bucketNotes(status)];
}

/** What of the bucket cannot be shown. */
export function bucketNotes({ bucket }: Pick<StatusView, "bucket">): string[] {
  const { laterVersion, unreadable } = bucket;
  if (laterVersion !== undefined) {
    return [
      `The bucket is of a later version (${laterVersion}) than this program knows: shown is ` +
      "what it can read of it",
    ];
  }
  const values = unreadable === 1 ? "1 value" : `${unreadable} values`;
  return unreadable > 0 ? [`${values} of the bucket cannot be read, and are left out`] : [];
}

function countsLine({ nodes, images, counts, asBytes, warmShare, failures }: FleetSummary): string {
  const { wanted, warm, pulling, waiting, failed, skipped, other } = counts;
  const able = wanted - skipped;
  const parts = [
    `${warm} of ${able} warm${able > 0 ? ` (${sharePercent(warmShare)} %)` : ""}`,
    asBytes === undefined ? "" : `${asBytes} of them as bytes`,
    pulling > 0 ? `${pulling} pulling` : "",
    waiting + other > 0 ? `${waiting + other} waiting` : "",
    failed > 0
      ? `${failed} failed${failures.length > 0 ? ` (${failedText(failed, failures)})` : ""}`
      : "",
    skipped > 0 ? `${skipped} skipped` : "",
  ].filter(Boolean);
  const of = `${nodes} ${nodes === 1 ? "node" : "nodes"}, ` +
    `${images} wanted ${images === 1 ? "image" : "images"}`;
  return `${of}: ${parts.join(", ")}`;
}

function gatedLine(gated: number): string {
  return gated === 1
    ? "1 new node is kept from pods until it is warm"
    : `${gated} new nodes are kept from pods until they are warm`;
}

/** 100 only where nothing is lacking. */
const sharePercent = (share: number): number =>
  share >= 1 ? 100 : Math.min(99, Math.round(100 * share));

function usesLine(uses: NonNullable<FleetSummary["uses"]>, wallMs: number): string {
  const { since, firstUses, misses, late, unusedBytes } = uses;
  const ageMs = wallMs - Date.parse(since);
  const when = Number.isNaN(ageMs) ? visibleText(since) : durationText(ageMs);
  const unused = `${bytesText(unusedBytes)} warm and not used`;
  const needed = firstUses + misses;
  if (needed === 0) return `No container needed an image in the last ${when}; ${unused}`;
  const first = firstUses === 1 ? "1 was" : `${firstUses} were`;
  const missed = misses === 1 ? "1 was" : `${misses} were`;
  return `Containers needed ${needed} ${needed === 1 ? "image" : "images"} in the last ${when}: ` +
    `${first} warm, ${missed} not (${late} on their way); ${unused}`;
}
