import { observeObject } from "../../pure/wants/observe_object.ts";
import type { Observed } from "../../pure/wants/observed.ts";
import { isObject, type RawObject } from "./watch_event.ts";

/** How many objects without a name are reported as faults. */
const MAX_FAULTS = 20;

/** The records of one kind's objects, by namespace and name, kept up to date by lists and events. */
export class KindRecords {
  readonly #kind: string;
  readonly #records = new Map<string, Observed>();
  #listing: Set<string> | undefined;
  #faults: string[] = [];
  /** Whether a list was read to its end. */
  synced = false;

  constructor(kind: string) {
    this.#kind = kind;
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

  /** Begins a list: `finishList` deletes the records of objects that were not put until then. */
  beginList(): void {
    this.#listing = new Set();
    this.#faults = [];
  }

  /** Ends a list; returns whether it deleted records. */
  finishList(): boolean {
    const listed = this.#listing ?? new Set();
    const gone = [...this.#records.keys()].filter((key) => !listed.has(key));
    for (const key of gone) this.#records.delete(key);
    this.#listing = undefined;
    this.synced = true;
    return gone.length > 0;
  }

  /** Keeps the record of an object; returns its key when the record differs from before. */
  put(object: RawObject): string | undefined {
    const key = this.#keyOf(object);
    if (key === undefined) return undefined;
    this.#listing?.add(key);
    const observed = observeObject(object);
    const before = this.#records.get(key);
    // Updates of a status and heartbeats of nodes leave the record as it was.
    if (before !== undefined && JSON.stringify(before) === JSON.stringify(observed)) {
      return undefined;
    }
    this.#records.set(key, observed);
    return key;
  }

  /** Deletes the record of an object; returns its key when there was one. */
  delete(object: RawObject): string | undefined {
    const key = this.#keyOf(object);
    return key !== undefined && this.#records.delete(key) ? key : undefined;
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
