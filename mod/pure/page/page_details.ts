import { whyKey } from "../bucket/state_keys.ts";
import { decodeWhy, type WhyValue } from "../bucket/wire.ts";
import { compareTexts } from "../compare_texts.ts";
import type { Fleet } from "../fleet/fleet.ts";
import { type ImageRow, imageRow } from "../fleet/image_rows.ts";
import { type NodeRow, nodeRow } from "../fleet/node_rows.ts";
import type { Cell } from "../fleet/report_cells.ts";
import { withoutUnset } from "../without_unset.ts";
import type { PageSource } from "./page_feed.ts";

/** One image on one node. */
export interface PageCell extends Omit<Cell, "sinceMs" | "usedAtMs"> {
  /** Of the other side: the node's where an image is shown, the image's reference for a node. */
  readonly name: string;
  /** ISO time since which it is in this state. */
  readonly since?: string;
  /** ISO time of its first use there. */
  readonly usedAt?: string;
}

/** One node with all its images. */
export interface PageNodeDetails {
  readonly v: 1;
  readonly node: NodeRow;
  /** Of its Node object, where there is one. */
  readonly architecture?: string;
  readonly os?: string;
  readonly unschedulable?: boolean;
  /** As `key=value:Effect`. */
  readonly taints?: readonly string[];
  /** The worst first. */
  readonly cells: readonly PageCell[];
}

/** One image on all nodes that report it. */
export interface PageImageDetails {
  readonly v: 1;
  readonly image: ImageRow;
  /** Who wants it; absent: nobody does, or it is not known. */
  readonly why?: Pick<WhyValue, "count" | "reasons" | "unwantedSince">;
  /** The worst first. */
  readonly cells: readonly PageCell[];
}

/** Everything about one node; undefined: there is none of this name. */
export function nodeDetails(source: PageSource, name: string): PageNodeDetails | undefined {
  const { fleet, wanted, nowMs } = source;
  const node = fleet.nodes.get(name);
  if (node === undefined) return undefined;
  const { facts } = node;
  return withoutUnset({
    v: 1 as const,
    node: nodeRow(node, { wanted, nowMs, anyFacts: anyFacts(fleet) }),
    architecture: facts?.architecture,
    os: facts?.os,
    unschedulable: facts?.unschedulable,
    taints: facts?.taints.map(({ key, value, effect }) =>
      `${key}${value === undefined ? "" : `=${value}`}:${effect}`
    ),
    cells: [...node.cells()].map(([reference, cell]) => pageCell(reference, cell)).sort(worstFirst),
  });
}

/** Everything about one image; `held` are the texts of the bucket. Undefined: there is none of this name. */
export function imageDetails(
  { fleet }: Pick<PageSource, "fleet">,
  held: ReadonlyMap<string, string>,
  reference: string,
): PageImageDetails | undefined {
  const image = fleet.images.get(reference);
  if (image === undefined) return undefined;
  const cells: PageCell[] = [];
  for (const node of fleet.nodes.values()) {
    const cell = node.cell(reference);
    if (cell !== undefined) cells.push(pageCell(node.name, cell));
  }
  return withoutUnset({
    v: 1 as const,
    image: imageRow(image),
    why: whyOf(held.get(whyKey(reference))),
    cells: cells.sort(worstFirst),
  });
}

function whyOf(text: string | undefined): PageImageDetails["why"] {
  if (text === undefined) return undefined;
  const decoded = decodeWhy(text);
  if ("fault" in decoded) return undefined;
  const { count, reasons, unwantedSince } = decoded.value;
  return withoutUnset({ count, reasons, unwantedSince });
}

function pageCell(name: string, { sinceMs, usedAtMs, ...cell }: Cell): PageCell {
  return withoutUnset({ name, ...cell, since: isoTime(sinceMs), usedAt: isoTime(usedAtMs) });
}

function isoTime(ms: number | undefined): string | undefined {
  return ms === undefined || Number.isNaN(ms) ? undefined : new Date(ms).toISOString();
}

const ORDER = ["failed", "pulling", "waiting", "skipped", "warm"];

/** States that this version does not know come first: nobody can say how bad they are. */
function worstFirst(one: PageCell, other: PageCell): number {
  return ORDER.indexOf(one.state) - ORDER.indexOf(other.state) ||
    compareTexts(one.name, other.name);
}

function anyFacts({ nodes }: Fleet): boolean {
  return nodes.values().some(({ facts }) => facts !== undefined);
}
