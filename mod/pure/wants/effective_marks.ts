import type { Marks, ObservedNamespace } from "../objects/observed.ts";
import { newestFirst, type WorkloadGroup } from "./workload_groups.ts";

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
  readonly #both: BothMarks;

  /** `both` remembers from pass to pass what an object's and its namespace's marks are together. */
  constructor(
    namespaces: readonly ObservedNamespace[],
    options: { readonly onlyMarked: boolean; readonly both: BothMarks },
  ) {
    const marked = namespaces.flatMap(({ name, marks }) => marks ? [[name, marks] as const] : []);
    this.#namespaces = new Map(marked);
    this.#onlyMarked = options.onlyMarked;
    this.#both = options.both;
  }

  /** The marks that hold for an object; undefined: it does not count, as nobody marked it. */
  of(namespace: string, own: Marks | undefined): Marks | undefined {
    const around = this.#namespaces.get(namespace);
    const marks = around && own ? this.#together(around, own) : own ?? around ?? NONE;
    return this.#onlyMarked && marks.watch !== true ? undefined : marks;
  }

  #together(around: Marks, own: Marks): Marks {
    const known = this.#both.get(own);
    if (known?.around === around) return known.marks;
    const marks = { ...around, ...own };
    this.#both.set(own, { around, marks });
    return marks;
  }
}

/** By an object's own marks: the same again, so that what follows from it can be kept. */
export type BothMarks = WeakMap<Marks, { readonly around: Marks; readonly marks: Marks }>;

/** A workload's marks, or of what is left of it its newest revision's. */
export function marksOfGroup({ root, revisions }: WorkloadGroup): Marks | undefined {
  return root === undefined ? revisions.toSorted(newestFirst)[0]?.object.marks : root.marks;
}

/** A pod's priority as the mark has it, which neither lowers a high one nor raises a low one. */
export function markedPriority(priority: number, mark: Marks["priority"]): number {
  if (mark === undefined) return priority;
  return mark === "high" ? Math.max(priority, HIGH_PRIORITY) : Math.min(priority, LOW_PRIORITY);
}
