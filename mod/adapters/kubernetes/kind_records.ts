import { type Leaving, speakerFor, whatItLeaves } from "../../pure/objects/what_it_leaves.ts";
import type { Observed, Placement } from "../../pure/objects/observed.ts";
import { SharedValues } from "../../pure/objects/shared_values.ts";
import { isObject, type RawObject } from "./watch_event.ts";

/** How many objects without a name are reported as faults. */
const MAX_FAULTS = 20;

/**
 * The records of one kind's objects, by namespace and name, kept up to date by lists and events.
 * Objects for which another kind speaks have none: neither their coming nor their going is noticed.
 */
export class KindRecords {
  readonly #kind: string;
  readonly #speaks: (kind: string) => boolean;
  readonly #records = new Map<string, Observed>();
  readonly #placements = new SharedValues<Placement>();
  readonly #leftTo = new Set<string>();
  #listing: Set<string> | undefined;
  #faults: string[] = [];
  /** Whether a list was read to its end. */
  synced = false;

  /** `speaks` tells of the name of a kind whether its objects speak for what they own. */
  constructor(kind: string, speaks: (kind: string) => boolean) {
    this.#kind = kind;
    this.#speaks = speaks;
  }

  /** Records of the kind's objects. */
  get records(): Iterable<Observed> {
    return this.#records.values();
  }

  /** One line for each object without a name. */
  get faults(): readonly string[] {
    return this.#faults;
  }

  /** Whether a list is being read. */
  get listing(): boolean {
    return this.#listing !== undefined;
  }

  /** Whether objects may be without a record because a kind of this name spoke for them. */
  leftSomethingTo(kind: string): boolean {
    return this.#leftTo.has(kind);
  }

  /** Begins a list: `finishList` deletes the records of objects that were not put until then. */
  beginList(): void {
    this.#listing = new Set();
    this.#leftTo.clear();
    this.#faults = [];
  }

  /** Ends a list; returns whether it deleted records. */
  finishList(): boolean {
    const listed = this.#listing ?? new Set();
    const gone = [...this.#records.keys()].filter((key) => !listed.has(key));
    for (const key of gone) this.#drop(key);
    this.#listing = undefined;
    this.synced = true;
    return gone.length > 0;
  }

  /** Keeps the record of an object, if it leaves one; returns its key when something changed. */
  put(object: RawObject): string | undefined {
    const leaving = whatItLeaves(object, this.#speaks);
    if (leaving.type === "nothing" && leaving.leftTo !== undefined) {
      this.#leftTo.add(leaving.leftTo);
    }
    const key = this.#keyOf(object);
    return key !== undefined && this.#keep(key, leaving) ? key : undefined;
  }

  /** Deletes the record of an object; returns its key when there was one. */
  delete(object: RawObject): string | undefined {
    const key = this.#keyOf(object);
    return key !== undefined && this.#drop(key) ? key : undefined;
  }

  /** Deletes the records of objects for which another kind speaks by now. */
  leaveOwned(): void {
    for (const [key, record] of this.#records) {
      if (record.type !== "workload") continue;
      const leftTo = speakerFor(record.workload.owner, this.#speaks);
      if (leftTo === undefined) continue;
      this.#leftTo.add(leftTo);
      this.#drop(key);
    }
  }

  /** Returns whether the records differ from before. */
  #keep(key: string, leaving: Leaving): boolean {
    if (leaving.type === "nothing") return this.#drop(key);
    this.#listing?.add(key);
    const before = this.#records.get(key);
    // Updates of a status and heartbeats of nodes leave the record as it was.
    if (before !== undefined && JSON.stringify(before) === JSON.stringify(leaving.record)) {
      return false;
    }
    this.#release(before);
    this.#records.set(key, this.#shared(leaving.record));
    return true;
  }

  /** Deletes a record; returns whether there was one. */
  #drop(key: string): boolean {
    this.#release(this.#records.get(key));
    return this.#records.delete(key);
  }

  #shared(record: Observed): Observed {
    if (record.type !== "workload") return record;
    const placement = this.#placements.take(record.workload.placement);
    return { type: "workload", workload: { ...record.workload, placement } };
  }

  #release(record: Observed | undefined): void {
    if (record?.type === "workload") this.#placements.release(record.workload.placement);
  }

  #keyOf(object: RawObject): string | undefined {
    const metadata = isObject(object["metadata"]) ? object["metadata"] : {};
    const { namespace, name } = metadata;
    if (typeof name === "string" && name !== "") {
      return typeof namespace === "string" ? `${namespace}/${name}` : name;
    }
    const fault = `Cannot use a ${this.#kind} of the API server: it has no metadata.name`;
    if (this.#faults.length < MAX_FAULTS) this.#faults.push(fault);
    return undefined;
  }
}
