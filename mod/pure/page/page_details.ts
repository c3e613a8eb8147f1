import { META_KEY, whyKey } from "../bucket/state_keys.ts";
import type { WantedValues } from "../bucket/wanted_values.ts";
import { decodeMeta, decodeWhy } from "../bucket/wire.ts";
import { compareTexts } from "../compare_texts.ts";
import type { Fleet } from "../fleet/fleet.ts";
import { type ImageRow, imageRow } from "../fleet/image_rows.ts";
import { type NodeRow, nodeRow } from "../fleet/node_rows.ts";
import type { Cell } from "../fleet/report_cells.ts";
import type { Moment } from "../moment.ts";
import { withoutSecretNames } from "../private_images/secret_names.ts";
import { type WhyImage, whyImage } from "../why/why_image.ts";
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

/** One image on all nodes that may run it or report it. */
export interface PageImageDetails {
  readonly v: 1;
  readonly image: ImageRow;
  /** Who wants it, and which nodes may not run it. Names of Secrets are nobody's business here. */
  readonly why: Omit<WhyImage, "v" | "nodes" | Unshown>;
  /** The worst first; `MISSING` where a node may run it and does not report it. */
  readonly cells: readonly PageCell[];
}

/** The state of an image that a node may run and does not report. */
export const MISSING = "missing";

/** Everything about one node; undefined: there is none of this name. */
export function nodeDetails(source: PageSource, name: string): PageNodeDetails | undefined {
  const { fleet, wanted, nowMs } = source;
  const node = fleet.nodes.get(name);
  if (node === undefined) return undefined;
  const { facts } = node;
  const row = nodeRow(node, { wanted, nowMs, anyFacts: anyFacts(fleet) });
  const gate = row.gate && {
    ...row.gate,
    awaited: row.gate.awaited.map(nameless),
    hopeless: row.gate.hopeless.map(nameless),
  };
  return withoutUnset({
    v: 1 as const,
    node: { ...row, ...gate && { gate } },
    architecture: facts?.architecture,
    os: facts?.os,
    unschedulable: facts?.unschedulable,
    taints: facts?.taints.map(({ key, value, effect }) =>
      `${key}${value === undefined ? "" : `=${value}`}:${effect}`
    ),
    cells: [...node.cells()].map(([reference, cell]) => pageCell(reference, cell)).sort(worstFirst),
  });
}

/** What an image is explained by. */
export interface ImageSource {
  readonly fleet: Fleet;
  readonly wanted: WantedValues;
  /** Texts of the bucket, by key. */
  readonly held: ReadonlyMap<string, string>;
  readonly now: Moment;
}

/** Names of secrets are for those who may read the bucket. */
type Unshown = "pullSecrets" | "private";

/** Everything about one image; undefined: there is none of this name. */
export function imageDetails(
  { fleet, wanted, held, now }: ImageSource,
  reference: string,
): PageImageDetails | undefined {
  const image = fleet.images.get(reference);
  if (image === undefined) return undefined;
  const why = decodeWhy(held.get(whyKey(reference)) ?? "");
  const meta = decodeMeta(held.get(META_KEY) ?? "");
  const { v, nodes, pullSecrets: _, private: __, ...rest } = whyImage(reference, {
    ...{ fleet, wanted, now },
    why: "value" in why ? why.value : undefined,
    rules: "value" in meta ? meta.value.rules : undefined,
  });
  return { v, image: imageRow(image), why: rest, cells: nodes.map(cellOn).sort(worstFirst) };
}

function cellOn(
  { node: name, state = MISSING, ...told }: WhyImage["nodes"][number],
): PageCell {
  const { mayRun: _1, whyNot: _2, agent: _3, agentAgeMs: _4, gate: _5, ...cell } = told;
  return { name, state, ...nameless(cell) };
}

function pageCell(name: string, { sinceMs, usedAtMs, ...cell }: Cell): PageCell {
  return withoutUnset({
    name,
    ...nameless(cell),
    since: isoTime(sinceMs),
    usedAt: isoTime(usedAtMs),
  });
}

/** Names of Secrets are hidden wherever they stand. */
function nameless<Told extends { readonly reason?: string }>(told: Told): Told {
  return told.reason === undefined ? told : { ...told, reason: withoutSecretNames(told.reason) };
}

function isoTime(ms: number | undefined): string | undefined {
  return ms === undefined || Number.isNaN(ms) ? undefined : new Date(ms).toISOString();
}

const ORDER = ["failed", MISSING, "pulling", "waiting", "skipped", "warm"];

/** States that this version does not know come first: nobody can say how bad they are. */
function worstFirst(one: PageCell, other: PageCell): number {
  return ORDER.indexOf(one.state) - ORDER.indexOf(other.state) ||
    compareTexts(one.name, other.name);
}

function anyFacts({ nodes }: Fleet): boolean {
  return nodes.values().some(({ facts }) => facts !== undefined);
}
