import type { Observed, Owner } from "./observed.ts";

/** A revision that asks for no pods, such as a ReplicaSet of no replicas. */
export interface IdleRevision {
  readonly namespace: string;
  readonly owner: Owner;
  /** Grows with each revision. */
  readonly number: number;
}

/**
 * Which of a workload's idle revisions count: the newest few. Kubernetes keeps ten of each Deployment
 * by default. Of the others no more than their number is remembered.
 */
export class RevisionHistory {
  readonly #keep: number;
  readonly #owners = new Map<string, OwnedRevisions>();

  /** `keep` is how many idle revisions of each owner count. */
  constructor(keep: number) {
    this.#keep = keep;
  }

  /** Adds or updates one by its key. Returns the key of one that counts no more, maybe its own. */
  put(key: string, revision: IdleRevision): string | undefined {
    const { counting, left } = this.#of(revision);
    left.delete(revision.number);
    counting.set(key, revision.number);
    if (counting.size <= this.#keep) return undefined;
    const [oldest, number] = oldestOf(counting);
    counting.delete(oldest);
    left.add(number);
    return oldest;
  }

  /** Takes out one that is gone, or is not idle any more. */
  delete(key: string, revision: IdleRevision): void {
    const { counting, left } = this.#of(revision);
    counting.delete(key);
    left.delete(revision.number);
    if (counting.size + left.size === 0) this.#owners.delete(keyOf(revision));
  }

  /** All are about to be put again. */
  beginList(): void {
    for (const { left } of this.#owners.values()) left.clear();
  }

  /** Whether an owner has lost revisions that counted, so that one that was left out would count. */
  isShort(): boolean {
    return this.#owners.values().some(({ counting, left }) =>
      counting.size < this.#keep && left.size > 0
    );
  }

  #of(revision: IdleRevision): OwnedRevisions {
    const key = keyOf(revision);
    const owned = this.#owners.get(key) ?? { counting: new Map(), left: new Set() };
    this.#owners.set(key, owned);
    return owned;
  }
}

/**
 * The idle revision that a record is of; undefined where it is none, or pods may be of it that its
 * owner does not count, as with ControllerRevisions.
 */
export function idleRevision(record: Observed | undefined): IdleRevision | undefined {
  if (record?.type !== "workload") return undefined;
  const { namespace, owner, revision } = record.workload;
  if (owner === undefined || revision === undefined) return undefined;
  const { idle, number, hashes, standsAlone } = revision;
  const counts = !idle || number === 0 || hashes !== undefined || standsAlone === true;
  return counts ? undefined : { namespace, owner, number };
}

interface OwnedRevisions {
  /** Numbers of those that count, by key. */
  readonly counting: Map<string, number>;
  /** Numbers of the others. */
  readonly left: Set<number>;
}

function oldestOf(counting: ReadonlyMap<string, number>): [string, number] {
  let oldest: [string, number] = ["", Infinity];
  for (const each of counting) if (each[1] < oldest[1]) oldest = each;
  return oldest;
}

function keyOf({ namespace, owner }: IdleRevision): string {
  return `${namespace}/${owner.kind}.${owner.group}/${owner.name}`;
}
