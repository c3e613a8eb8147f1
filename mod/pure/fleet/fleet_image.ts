/** How many nodes report an image, or how many images a node reports, by state. */
export class StateCounts {
  readonly #counts = new Map<string, number>();

  /** How many are in this state. */
  get(state: string): number {
    return this.#counts.get(state) ?? 0;
  }

  /** Over all states. */
  get total(): number {
    let total = 0;
    for (const count of this.#counts.values()) total += count;
    return total;
  }

  /** States with at least one, and how many. */
  entries(): IterableIterator<[string, number]> {
    return this.#counts.entries();
  }

  /** One more in a state, or one less. */
  add(state: string, by: 1 | -1): void {
    const count = this.get(state) + by;
    if (count === 0) this.#counts.delete(state);
    else this.#counts.set(state, count);
  }
}

/** Counts by the states that this version knows, and of all others together. */
export interface KnownCounts {
  readonly warm: number;
  readonly pulling: number;
  readonly waiting: number;
  readonly failed: number;
  readonly skipped: number;
  /** In states that a later version reports. */
  readonly other: number;
}

/** Counts by known states. */
export function countsByState(counts: StateCounts): KnownCounts {
  const warm = counts.get("warm");
  const pulling = counts.get("pulling");
  const waiting = counts.get("waiting");
  const failed = counts.get("failed");
  const skipped = counts.get("skipped");
  const other = counts.total - warm - pulling - waiting - failed - skipped;
  return { warm, pulling, waiting, failed, skipped, other };
}

/** One image of the fleet: wanted, reported by nodes, or both. */
export class FleetImage {
  /** Canonical. */
  readonly reference: string;
  /** Over the nodes that report it. */
  readonly counts = new StateCounts();
  /** What its entry says; absent: it is not wanted any more, and some report has it still. */
  wanted: ImageWanted | undefined;

  constructor(reference: string) {
    this.reference = reference;
  }

  /** Whether nothing is left to know of it. */
  get isGone(): boolean {
    return this.wanted === undefined && this.counts.total === 0;
  }
}

/** What is shown of a wanted entry. */
export interface ImageWanted {
  readonly priority: number;
  /** ISO time. */
  readonly neededBy?: string | undefined;
  readonly sizeBytes?: number | undefined;
}
