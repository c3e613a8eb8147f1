import { observeObject } from "../../pure/wants/observe_object.ts";
import type { Observed } from "../../pure/wants/observed.ts";
import { isObject, type RawObject } from "./watch_event.ts";

/** A faulty object that cannot even be named is counted, and this many are told. */
const MAX_FAULTS = 20;

/** What is known of one kind: reduced records by namespace and name, through lists and events. */
export class KindRecords {
  readonly #kind: string;
  readonly #records = new Map<string, Observed>();
  #listing: Set<string> | undefined;
  #faults: string[] = [];
  /** Listed once from begin to end. */
  synced = false;

  constructor(kind: string) {
    this.#kind = kind;
  }

  /** Records of the kind's objects. */
  get records(): Iterable<Observed> {
    return this.#records.values();
  }

  /** Objects that have no name, one line each. */
  get faults(): readonly string[] {
    return this.#faults;
  }

  /** Between the begin of a list and its end. */
  get listing(): boolean {
    return this.#listing !== undefined;
  }

  /** A list begins; what it does not name until `finishList` is gone. */
  beginList(): void {
    this.#listing = new Set();
    this.#faults = [];
  }

  /** The list is whole: true when something was forgotten. */
  finishList(): boolean {
    const listed = this.#listing ?? new Set();
    const gone = [...this.#records.keys()].filter((key) => !listed.has(key));
    for (const key of gone) this.#records.delete(key);
    this.#listing = undefined;
    this.synced = true;
    return gone.length > 0;
  }

  /** Reduces and keeps an object: its key when the record is another than before. */
  put(object: RawObject): string | undefined {
    const key = this.#keyOf(object);
    if (key === undefined) return undefined;
    this.#listing?.add(key);
    const observed = observeObject(object);
    const before = this.#records.get(key);
    // Status updates and heartbeats of nodes reduce to the same record.
    if (before !== undefined && JSON.stringify(before) === JSON.stringify(observed)) {
      return undefined;
    }
    this.#records.set(key, observed);
    return key;
  }

  /** Forgets an object: its key when it was known. */
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
