import type { BenefitView } from "../benefit/benefit_value.ts";
import type { FleetSummary } from "../fleet/fleet_summary.ts";
import type { GateRow } from "../fleet/gate_row.ts";
import type { ImageRow } from "../fleet/image_rows.ts";
import type { NodeRow } from "../fleet/node_rows.ts";
import type { ReasonCount } from "../fleet/reason_counts.ts";

/** One node as the page has it. The age of its last sign is left out: it would change all the time. */
export interface PageNode extends Omit<NodeRow, "ageMs" | "gate"> {
  /** The names of its images are left out: a thousand nodes may join at a time. */
  readonly gate?: Pick<GateRow, "until" | "due" | "warm">;
  /**
   * The state of each image there, one character by the image's `column`: `NO_CELL`, or the number of
   * the state in `PageWhole.states` after "0". It may be shorter than there are columns.
   */
  readonly cells: string;
}

/** What stands for an image that a node does not report: it may not run there, or nothing is known. */
export const NO_CELL = "-";

/** One image as the page has it. */
export interface PageImage extends ImageRow {
  /** Its place in `PageNode.cells`; that of an image that is gone may become another one's. */
  readonly column: number;
  /** Why it failed on nodes, the most frequent first. */
  readonly failures: readonly ReasonCount[];
}

/** How everything stands. */
export interface PageSummary extends FleetSummary {
  /** Whether the bucket has been read: what is shown is not all before. */
  readonly synced: boolean;
  /** What keeps the controller from being ready, and notes of it. */
  readonly troubles: readonly Trouble[];
  /** Seconds of waiting that pods were spared, by `benefit`, else by the agents; absent: nobody tells. */
  readonly savedSeconds?: number;
  /** How containers have started, where Kubernetes' events are followed; the first namespaces of it. */
  readonly benefit?: BenefitView;
}

/** Something that people should know of the controller itself. */
export interface Trouble {
  /** Name of the condition, or of the note. */
  readonly name: string;
  readonly reason: string;
  /** A note is no reason not to be ready. */
  readonly isNote: boolean;
}

/** Everything that the overview and the matrix show. */
export interface PageWhole {
  readonly v: 1;
  /** Of this run of the controller; another one counts versions anew. */
  readonly run: string;
  /** Grows by one with each change that the page is sent. */
  readonly version: number;
  readonly summary: PageSummary;
  /** Names of states; a cell has their numbers. */
  readonly states: readonly string[];
  readonly nodes: readonly PageNode[];
  readonly images: readonly PageImage[];
}

/** What changed from one version to the next; what it leaves out stayed as it was. */
export interface PageChange extends Pick<PageWhole, "version" | "summary" | "states"> {
  readonly nodes: readonly PageNode[];
  readonly images: readonly PageImage[];
  /** Names of nodes that are gone. */
  readonly goneNodes: readonly string[];
  /** References of images that are gone. */
  readonly goneImages: readonly string[];
}
