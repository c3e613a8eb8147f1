import { compareTexts } from "../compare_texts.ts";
import { withoutUnset } from "../without_unset.ts";
import type { Fleet } from "./fleet.ts";
import { countsByState, type FleetImage, type KnownCounts } from "./fleet_image.ts";

/** How one image stands over the nodes that report it; counts are nodes. */
export interface ImageRow extends KnownCounts {
  /** Canonical reference. */
  readonly image: string;
  /** False: nobody wants it any more, and nodes still report it. */
  readonly isWanted: boolean;
  /** How many nodes report it. */
  readonly nodes: number;
  readonly priority?: number;
  /** ISO time. */
  readonly neededBy?: string;
  /** Its largest size on any node, as registries store it. */
  readonly sizeBytes?: number;
}

/** One row an image, the worst first: by how many nodes failed, then by how many lack it. */
export function imageRows(fleet: Fleet): ImageRow[] {
  return [...fleet.images.values()].map(imageRow).sort(worstImageFirst);
}

/** The row of one image. */
export function imageRow({ reference, wanted, counts }: FleetImage): ImageRow {
  return withoutUnset({
    image: reference,
    isWanted: wanted !== undefined,
    nodes: counts.total,
    ...countsByState(counts),
    priority: wanted?.priority,
    neededBy: wanted?.neededBy,
    sizeBytes: wanted?.sizeBytes,
  });
}

/** Orders rows: by how many nodes failed, then by how many lack the image. */
export function worstImageFirst(one: ImageRow, other: ImageRow): number {
  return other.failed - one.failed || lacking(other) - lacking(one) ||
    compareTexts(one.image, other.image);
}

const lacking = ({ nodes, warm, skipped }: ImageRow): number => nodes - warm - skipped;
