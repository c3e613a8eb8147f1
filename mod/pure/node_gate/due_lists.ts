import type { ObservedNode, Placement } from "../objects/observed.ts";
import { mayRun } from "../placement/eligibility.ts";
import { sameItems } from "../same_items.ts";
import { byPull, type DueImage, dueImages, type MaybeDue, mayHaveAgent } from "./due_images.ts";

/**
 * What is due on each node, pass by pass: canonical references, in the order in which agents pull
 * them. A node's list is made anew only where the node or what is due has changed, and is the very same
 * again where it comes to the same. Of images that may run on the same nodes, such as most of a
 * cluster, a node is judged once.
 */
export class DueLists {
  #from: readonly DueImage[] = [];
  #placements: ReadonlyMap<string, Placement> = new Map();
  #ordered: readonly OrderedImage[] = [];
  #lists: ReadonlyMap<string, NodeList> = new Map();

  /**
   * Lists by name of node; `nodes` are as they will be once they have started (`settledNodes()`). Of
   * nodes that are not among these nothing is kept.
   */
  of(
    nodes: Iterable<ObservedNode>,
    images: ReadonlyMap<string, MaybeDue>,
  ): ReadonlyMap<string, readonly string[]> {
    this.#order(dueImages(images));
    const lists = new Map<string, NodeList>();
    for (const node of nodes) lists.set(node.name, this.#listOf(node, this.#lists.get(node.name)));
    this.#lists = lists;
    return new Map(lists.entries().map(([name, { due }]) => [name, due]));
  }

  #listOf(node: ObservedNode, known: NodeList | undefined): NodeList {
    const ordered = this.#ordered;
    if (known?.ordered === ordered && sameFacts(known.node, node)) return known;
    const due = judge(node, ordered);
    return { node, ordered, due: known && sameItems(known.due, due) ? known.due : due };
  }

  /** What an image is wanted for changes more often than where it is due. */
  #order(from: readonly DueImage[]): void {
    if (sameItems(this.#from, from)) return;
    this.#from = from;
    const placements = new Map<string, Placement>();
    const shared = (placement: Placement) => {
      const text = JSON.stringify(placement);
      const known = placements.get(text) ?? this.#placements.get(text) ?? placement;
      placements.set(text, known);
      return known;
    };
    const ordered = from.toSorted(byPull)
      .map(({ reference, due }) => ({ reference, due: due.map(shared) }));
    this.#placements = placements;
    if (!sameImages(this.#ordered, ordered)) this.#ordered = ordered;
  }
}

/** A due image; equal placements of several are the very same. */
interface OrderedImage {
  readonly reference: string;
  readonly due: readonly Placement[];
}

/** What is due on a node, and from what that follows. */
interface NodeList {
  readonly node: ObservedNode;
  readonly ordered: readonly OrderedImage[];
  readonly due: readonly string[];
}

function judge(node: ObservedNode, ordered: readonly OrderedImage[]): string[] {
  if (!mayHaveAgent(node)) return [];
  const verdicts = new Map<Placement, boolean>();
  const isDue = (placement: Placement) => {
    let verdict = verdicts.get(placement);
    if (verdict === undefined) verdicts.set(placement, verdict = mayRun(placement, node));
    return verdict;
  };
  return ordered.filter(({ due }) => due.some(isDue)).map(({ reference }) => reference);
}

/** A node that starts is another object in each pass, made of the same parts. */
function sameFacts(left: ObservedNode, right: ObservedNode): boolean {
  return left === right ||
    left.labels === right.labels && left.os === right.os && left.skip === right.skip &&
      left.unschedulable === right.unschedulable && sameItems(left.taints, right.taints) &&
      (left.resources === undefined) === (right.resources === undefined) &&
      sameItems(left.resources ?? [], right.resources ?? []);
}

function sameImages(left: readonly OrderedImage[], right: readonly OrderedImage[]): boolean {
  return left.length === right.length && left.every(({ reference, due }, index) => {
    const other = right[index];
    return other?.reference === reference && sameItems(other.due, due);
  });
}
