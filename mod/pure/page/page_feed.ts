import type { WantedValues } from "../bucket/wanted_values.ts";
import type { Fleet } from "../fleet/fleet.ts";
import { agentSign } from "../fleet/agent_sign.ts";
import { imageRow } from "../fleet/image_rows.ts";
import { type NodeRow, nodeRow } from "../fleet/node_rows.ts";
import type { Readiness } from "../readiness.ts";
import { withoutUnset } from "../without_unset.ts";
import { FailuresByImage } from "./failures_by_image.ts";
import { pageSummary } from "./page_summary.ts";
import type { PageChange, PageImage, PageNode, PageSummary, PageWhole } from "./page_view.ts";
import { CellWriter } from "./state_cells.ts";

/** What a page is made of at one time. */
export interface PageSource {
  readonly fleet: Fleet;
  readonly wanted: Pick<WantedValues, "on">;
  /** Texts of the bucket, by key. */
  readonly held: ReadonlyMap<string, string>;
  readonly synced: boolean;
  readonly readiness: Readiness;
  /** By the clock of the fleet's `seenAt`. */
  readonly nowMs: number;
}

/**
 * What a node should have whose agent says nothing is judged by the placements of all images: for a
 * thousand of them that takes half a second.
 */
const SILENT_LOOK_MS = 30_000;

/** A row as it was sent last; `text` tells whether it differs. */
interface Sent<Row> {
  readonly row: Row;
  readonly text: string;
}

/** One of a node, with what it was made of. */
interface SentNode extends Sent<PageNode> {
  readonly summed: NodeRow;
  readonly changedAt: number;
  readonly anyFacts: boolean;
}

/**
 * What all open pages have been sent, and so what they are to be sent: one for all of them, as they are
 * all told every change.
 */
export class PageFeed {
  /** Names this run of the controller. */
  readonly run: string;
  readonly #nodes = new Map<string, SentNode>();
  readonly #images = new Map<string, Sent<PageImage>>();
  readonly #cells = new CellWriter();
  readonly #failures = new FailuresByImage();
  #summary: { readonly value: PageSummary; readonly text: string } | undefined;
  #version = 0;
  #silentLookMs = -Infinity;

  constructor(run: string) {
    this.run = run;
  }

  /** The version of the last change. */
  get version(): number {
    return this.#version;
  }

  /** Looks at the fleet; returns what changed since the last look, if anything did. */
  look(source: PageSource): PageChange | undefined {
    const { fleet } = source;
    const nodes = this.#changedNodes(source);
    const goneNodes = gone(this.#nodes, fleet.nodes);
    const goneImages = gone(this.#images, fleet.images);
    for (const name of goneNodes) this.#failures.put(name, undefined);
    for (const reference of goneImages) this.#cells.forget(reference);
    const images = this.#changedImages(fleet);
    const rows = [...this.#nodes.values()].map(({ summed }) => summed);
    const summary = pageSummary(fleet, rows, source);
    const text = JSON.stringify(summary);
    const lengths = nodes.length + images.length + goneNodes.length + goneImages.length;
    if (lengths === 0 && text === this.#summary?.text) return undefined;
    this.#summary = { value: summary, text };
    const { states } = this.#cells;
    const version = ++this.#version;
    return { version, summary, states, nodes, images, goneNodes, goneImages };
  }

  /** Everything as of the last look; undefined before the first. */
  whole(): PageWhole | undefined {
    if (this.#summary === undefined) return undefined;
    return {
      v: 1,
      run: this.run,
      version: this.#version,
      summary: this.#summary.value,
      states: this.#cells.states,
      nodes: [...this.#nodes.values()].map(({ row }) => row),
      images: [...this.#images.values()].map(({ row }) => row),
    };
  }

  #changedNodes({ fleet, wanted, nowMs }: PageSource): PageNode[] {
    const changed: PageNode[] = [];
    const anyFacts = fleet.nodes.values().some(({ facts }) => facts !== undefined);
    const looksAtSilent = nowMs - this.#silentLookMs >= SILENT_LOOK_MS;
    if (looksAtSilent) this.#silentLookMs = nowMs;
    for (const [name, node] of fleet.nodes) {
      const sent = this.#nodes.get(name);
      const isSame = sent?.changedAt === node.changedAt;
      // An agent grows stale while nothing else changes.
      const { agent } = agentSign(node, nowMs);
      const isDue = agent === "missing" && looksAtSilent;
      if (isSame && !isDue && agent === sent.summed.agent && anyFacts === sent.anyFacts) continue;
      if (!isSame) this.#failures.put(name, node);
      const summed = nodeRow(node, { wanted, nowMs, anyFacts });
      const { ageMs: _, gate, ...rest } = summed;
      const row = withoutUnset({
        ...rest,
        gate: gate && withoutUnset({ until: gate.until, due: gate.due, warm: gate.warm }),
        cells: isSame ? sent.row.cells : this.#cells.cells(node),
      });
      const text = JSON.stringify(row);
      this.#nodes.set(name, { row, text, summed, anyFacts, changedAt: node.changedAt });
      if (text !== sent?.text) changed.push(row);
    }
    return changed;
  }

  #changedImages({ images }: Fleet): PageImage[] {
    const changed: PageImage[] = [];
    for (const [reference, image] of images) {
      const row = {
        ...imageRow(image),
        column: this.#cells.column(reference),
        failures: this.#failures.of(reference),
      };
      const text = JSON.stringify(row);
      if (text === this.#images.get(reference)?.text) continue;
      this.#images.set(reference, { row, text });
      changed.push(row);
    }
    return changed;
  }
}

/** Takes out what is not there any more; returns its names. */
function gone(sent: Map<string, unknown>, there: ReadonlyMap<string, unknown>): string[] {
  const names = [...sent.keys()].filter((name) => !there.has(name));
  for (const name of names) sent.delete(name);
  return names;
}
