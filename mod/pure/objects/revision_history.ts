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
    const { number } = revision;
    const owned = this.#of(revision);
    const counting = [...owned.counting.filter((each) => each.key !== key), { key, number }]
      .sort((left, right) => right.number - left.number);
    owned.left = owned.left.filter((each) => each !== number);
    const oldest = counting.length > this.#keep ? counting.pop() : undefined;
    if (oldest !== undefined) owned.left.push(oldest.number);
    owned.counting = counting;
    return oldest?.key;
  }

  /** Takes out one that is gone, or is not idle any more. */
  delete(key: string, revision: IdleRevision): void {
    const owned = this.#of(revision);
    owned.counting = owned.counting.filter((each) => each.key !== key);
    owned.left = owned.left.filter((each) => each !== revision.number);
    if (owned.counting.length + owned.left.length === 0) this.#owners.delete(keyOf(revision));
  }

  /** All are about to be put again. */
  beginList(): void {
    for (const owned of this.#owners.values()) owned.left = [];
  }

  /** Whether an owner has lost revisions that counted, so that one that was left out would count. */
  isShort(): boolean {
    return this.#owners.values().some(({ counting, left }) =>
      counting.length < this.#keep && left.length > 0
    );
  }

  #of(revision: IdleRevision): OwnedRevisions {
    const key = keyOf(revision);
    const owned = this.#owners.get(key) ?? { counting: [], left: [] };
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

/** Short lists: of many thousand owners each would be a map otherwise. */
interface OwnedRevisions {
  /** Those that count, the newest first. */
  counting: readonly { readonly key: string; readonly number: number }[];
  /** Numbers of the others. */
  left: number[];
}

function keyOf({ namespace, owner }: IdleRevision): string {
  return `${namespace}/${owner.kind}.${owner.group}/${owner.name}`;
}
