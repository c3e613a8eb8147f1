import type { Marks, ObservedNamespace, ObservedWorkload } from "../objects/observed.ts";
import type { WorkloadGroup } from "./workload_groups.ts";

/** What `warm-images/priority: high` stands for: the highest that users can give a class. */
export const HIGH_PRIORITY = 1_000_000_000;
/** Its opposite, `low`. */
export const LOW_PRIORITY = -HIGH_PRIORITY;

/** Always the same, so that what follows from it can be kept. */
const NONE: Marks = {};

/** What is marked on objects and their namespaces; an object's own mark goes first. */
export class EffectiveMarks {
  /** By name, of those that have some. */
  readonly #namespaces: ReadonlyMap<string, Marks>;
  readonly #onlyMarked: boolean;

  constructor(namespaces: readonly ObservedNamespace[], options: { readonly onlyMarked: boolean }) {
    const marked = namespaces.flatMap(({ name, marks }) => marks ? [[name, marks] as const] : []);
    this.#namespaces = new Map(marked);
    this.#onlyMarked = options.onlyMarked;
  }

  /** The marks that hold for an object; undefined: it does not count, as nobody marked it. */
  of(namespace: string, own: Marks | undefined): Marks | undefined {
    const around = this.#namespaces.get(namespace);
    const marks = around && own ? { ...around, ...own } : own ?? around ?? NONE;
    return this.#onlyMarked && marks.watch !== true ? undefined : marks;
  }
}

/** A workload's marks, or of what is left of it its newest revision's. */
export function marksOfGroup({ root, revisions }: WorkloadGroup): Marks | undefined {
  if (root !== undefined) return root.marks;
  const number = ({ revision }: ObservedWorkload) => revision?.number ?? 0;
  const newest = revisions.map(({ object }) => object)
    .toSorted((left, right) => number(right) - number(left));
  return newest.find(({ marks }) => marks !== undefined)?.marks;
}

/** A pod's priority as the mark has it, which neither lowers a high one nor raises a low one. */
export function markedPriority(priority: number, mark: Marks["priority"]): number {
  if (mark === undefined) return priority;
  return mark === "high" ? Math.max(priority, HIGH_PRIORITY) : Math.min(priority, LOW_PRIORITY);
}
