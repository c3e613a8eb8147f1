import { type Kind, kindName } from "../../pure/objects/kind.ts";
import type { Observed, Placement } from "../../pure/objects/observed.ts";
import { SharedValues } from "../../pure/objects/shared_values.ts";
import { whatItLeaves } from "../../pure/objects/what_it_leaves.ts";
import { isObject, type RawObject } from "./watch_event.ts";

/** How many objects without a name are reported as faults. */
const MAX_FAULTS = 20;

/**
 * The records of one kind's objects, by namespace and name, kept up to date by lists and events.
 * Equal parts of records are held once; so are whole records of pods, of which thousands are alike.
 */
export class KindRecords {
  readonly #kind: Kind;
  readonly #records = new Map<string, Observed>();
  readonly #placements = new SharedValues<Placement>();
  readonly #pods = new SharedValues<Observed>();
  #listing: Set<string> | undefined;
  #faults: string[] = [];
  /** Whether a list was read to its end. */
  synced = false;

  constructor(kind: Kind) {
    this.#kind = kind;
  }

  /** Records of the kind's objects; equal ones of pods come once. */
  *records(): Generator<Observed> {
    yield* this.#pods.values();
    for (const record of this.#records.values()) if (record.type !== "pod") yield record;
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

  /** Ends a list; returns whether records that it deleted are missed. */
  finishList(): boolean {
    const listed = this.#listing ?? new Set();
    const gone = [...this.#records.keys()].filter((key) => !listed.has(key));
    const changed = gone.filter((key) => this.#drop(key));
    this.#listing = undefined;
    this.synced = true;
    return changed.length > 0;
  }

  /** Keeps the record of an object, if it leaves one; returns its key when something changed. */
  put(object: RawObject): string | undefined {
    const key = this.#keyOf(object);
    if (key === undefined) return undefined;
    return this.#keep(key, whatItLeaves(object, this.#kind)) ? key : undefined;
  }

  /** Deletes the record of an object; returns its key when there was one. */
  delete(object: RawObject): string | undefined {
    const key = this.#keyOf(object);
    return key !== undefined && this.#drop(key) ? key : undefined;
  }

  /** Returns whether the records differ from before. */
  #keep(key: string, record: Observed | undefined): boolean {
    if (record === undefined) return this.#drop(key);
    this.#listing?.add(key);
    const before = this.#records.get(key);
    // Updates of a status and heartbeats of nodes leave the record as it was.
    if (before !== undefined && JSON.stringify(before) === JSON.stringify(record)) return false;
    const known = this.#pods.size;
    this.#records.set(key, this.#shared(record));
    this.#release(before);
    return record.type !== "pod" || this.#pods.size !== known || before !== undefined;
  }

  /** Deletes a record; returns whether that changes what the records say. */
  #drop(key: string): boolean {
    const record = this.#records.get(key);
    const known = this.#pods.size;
    this.#release(record);
    return this.#records.delete(key) && (record?.type !== "pod" || this.#pods.size !== known);
  }

  #shared(record: Observed): Observed {
    if (record.type === "pod") return this.#pods.take(record);
    if (record.type !== "workload") return record;
    const shapes = record.workload.shapes.map((shape) => ({
      ...shape,
      placement: this.#placements.take(shape.placement),
    }));
    return { type: "workload", workload: { ...record.workload, shapes } };
  }

  #release(record: Observed | undefined): void {
    if (record?.type === "pod") this.#pods.release(record);
    if (record?.type !== "workload") return;
    for (const { placement } of record.workload.shapes) this.#placements.release(placement);
  }

  #keyOf(object: RawObject): string | undefined {
    const metadata = isObject(object["metadata"]) ? object["metadata"] : {};
    const { namespace, name } = metadata;
    if (typeof name === "string" && name !== "") {
      return typeof namespace === "string" ? `${namespace}/${name}` : name;
    }
    const kind = kindName(this.#kind);
    const fault = `Cannot use a ${kind} of the API server: it has no metadata.name`;
    if (this.#faults.length < MAX_FAULTS) this.#faults.push(fault);
    return undefined;
  }
}
