import type { WantedValues } from "../bucket/wanted_values.ts";
import type { MetaValue } from "../bucket/wire.ts";
import type { Moment } from "../moment.ts";
import { withoutUnset } from "../without_unset.ts";
import type { Fleet } from "./fleet.ts";
import { type FleetSummary, fleetSummary } from "./fleet_summary.ts";
import { type ImageRow, imageRow, imageRows, worstImageFirst } from "./image_rows.ts";
import { namedIn, notFoundText } from "./named.ts";
import { type NodeRow, nodeRows } from "./node_rows.ts";
import { imagesOfNode, nodesOfImage, type Standing } from "./standing.ts";

/** What `status --output json` prints; times are ISO, durations in ms where they end in `Ms`. */
export interface StatusView {
  readonly v: 1;
  /** When the bucket was read. */
  readonly at: string;
  readonly bucket: StatusBucket;
  readonly summary: FleetSummary;
  /** The worst first: all of them, or those that were asked for. */
  readonly nodes: readonly NodeStatus[];
  /** The same of images; empty where nothing was asked for and not all reports were read. */
  readonly images: readonly ImageStatus[];
}

/** Who writes the bucket. */
export interface StatusBucket {
  /** Absent: no controller has written it yet, or a later one than this program can read. */
  readonly controller?: Pick<MetaValue, "source" | "writer" | "since">;
  /** Present where a later version writes it: what is shown is what can be read. */
  readonly laterVersion?: number;
  /** Values that could not be read. */
  readonly unreadable: number;
}

/** A node, with its images where it alone was meant. */
export type NodeStatus = NodeRow & {
  readonly has?: readonly (Standing & { readonly image: string })[];
};

/** An image, with the nodes that should have it where it alone was meant. */
export type ImageStatus = ImageRow & {
  readonly on?: readonly (Standing & { readonly node: string })[];
};

/** Of what a status is made. */
export interface StatusOf {
  readonly fleet: Fleet;
  readonly wanted: WantedValues;
  readonly meta: MetaValue | undefined;
  readonly laterVersion: number | undefined;
  readonly unreadable: { readonly size: number };
  readonly now: Moment;
}

/** What a person asked to see. */
export interface StatusAsked {
  readonly status: StatusView;
  /** A sentence for each name that means nothing. */
  readonly notFound: readonly string[];
}

/** The status of all, or of what `names` mean: each a name, or a part of one. */
export function statusView(of: StatusOf, names: readonly string[] = []): StatusAsked {
  const { fleet, wanted, meta, laterVersion, unreadable, now } = of;
  const rows = nodeRows(fleet, { wanted, nowMs: now.monotonicMs });
  const bucket: StatusBucket = withoutUnset({
    controller: meta && { source: meta.source, writer: meta.writer, since: meta.since },
    laterVersion,
    unreadable: unreadable.size,
  });
  const at = new Date(now.wallMs).toISOString();
  const head = { v: 1 as const, at, bucket, summary: fleetSummary(fleet, rows) };
  if (names.length === 0) {
    const isWhole = rows.every(({ toldBy }) => toldBy !== "beat");
    const images = isWhole ? imageRows(fleet) : [];
    return { status: { ...head, nodes: rows, images }, notFound: [] };
  }
  const found = names.map((name) => ({ name, ...namedIn(fleet, name) }));
  const nodes = new Set(found.flatMap(({ nodes }) => nodes));
  const images = new Set(found.flatMap(({ images }) => images));
  // What one name means alone is shown in full.
  const alone = found.filter(({ nodes, images }) => nodes.length + images.length === 1);
  const whole = new Set(alone.flatMap(({ nodes, images }) => [...nodes, ...images]));
  return {
    status: {
      ...head,
      nodes: rows.filter(({ node }) => nodes.has(node)).map((row) => {
        const node = whole.has(row.node) ? fleet.nodes.get(row.node) : undefined;
        return node === undefined ? row : { ...row, has: imagesOfNode(node, wanted) };
      }),
      images: imageRowsOf(fleet, images).map((row) =>
        whole.has(row.image)
          ? { ...row, on: nodesOfImage(row.image, { fleet, wanted, nowMs: now.monotonicMs }) }
          : row
      ),
    },
    notFound: found.filter(({ nodes, images }) => nodes.length + images.length === 0)
      .map(({ name }) => notFoundText(fleet, name)),
  };
}

/** The same without what changes while nothing happens, to tell whether something has. */
export function withoutAges({ bucket, summary, nodes, images }: StatusView): unknown {
  return {
    bucket,
    summary,
    nodes: nodes.map(({ ageMs: _age, diskPercent: _use, diskFreeBytes: _free, ...row }) => row),
    images: images.map(({ on = [], ...row }) => ({
      ...row,
      on: on.map(({ agentAgeMs: _age, ...standing }) => standing),
    })),
  };
}

function imageRowsOf(fleet: Fleet, references: ReadonlySet<string>): ImageRow[] {
  return [...references].flatMap((reference) => {
    const image = fleet.images.get(reference);
    return image === undefined ? [] : [imageRow(image)];
  }).sort(worstImageFirst);
}
