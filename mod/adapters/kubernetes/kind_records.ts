import { type Kind, kindName } from "../../pure/objects/kind.ts";
import type { Observed } from "../../pure/objects/observed.ts";
import type { LabelGate } from "../../pure/objects/label_gate.ts";
import { idleRevision, RevisionHistory } from "../../pure/objects/revision_history.ts";
import type { SharedRecords } from "../../pure/objects/shared_records.ts";
import { SharedValues } from "../../pure/objects/shared_values.ts";
import { whatItLeaves } from "../../pure/objects/what_it_leaves.ts";
import { isObject, type RawObject } from "./watch_event.ts";

/** How many objects without a name are reported as faults. */
const MAX_FAULTS = 20;

/** What records of several kinds have in common. */
export interface RecordsOptions {
  readonly shared: SharedRecords;
  /** How many idle revisions of each owner count. */
  readonly idleRevisions: number;
  /** Tells objects whose images new nodes wait for, by their labels; absent: these do not matter. */
  readonly isGated?: LabelGate | undefined;
}

/**
 * The records of one kind's objects, by namespace and name, kept up to date by lists and events.
 * Equal parts of records are held once; so are whole records of pods, of which thousands are alike.
 */
export class KindRecords {
  /** How objects are read; the version may change while records are held. */
  kind: Kind;
  readonly #shared: SharedRecords;
  readonly #isGated: LabelGate | undefined;
  readonly #startedWaiting: (key: string) => void;
  readonly #records = new Map<string, Observed>();
  readonly #pods = new SharedValues<Observed>();
  readonly #history: RevisionHistory;
  /** While a list is read: keys of what is known from before and was not put yet. */
  #unlisted: Set<string> | undefined;
  #faults: string[] = [];
  /** Whether a list was read to its end. */
  synced = false;

  /** `startedWaiting` is told of pods that wait; that alone is no change. */
  constructor(
    kind: Kind,
    { shared, idleRevisions, isGated }: RecordsOptions,
    startedWaiting: (key: string) => void = () => {},
  ) {
    this.kind = kind;
    this.#shared = shared;
    this.#isGated = isGated;
    this.#startedWaiting = startedWaiting;
    this.#history = new RevisionHistory(idleRevisions);
  }

  /** Records of the kind's objects; equal ones of pods come once. */
  *records(): Generator<Observed> {
    yield* this.#pods.values();
    for (const record of this.#records.values()) if (record.type !== "pod") yield record;
  }

  /** Whether a pod waits for its images. */
  waits(key: string): boolean {
    const record = this.#records.get(key);
    return record?.type === "pod" && record.pod.neededBy !== undefined;
  }

  /** One line for each object without a name. */
  get faults(): readonly string[] {
    return this.#faults;
  }

  /** Whether a list is being read. */
  get listing(): boolean {
    return this.#unlisted !== undefined;
  }

  /** Whether records are missing that only a list brings back. */
  get isShort(): boolean {
    return this.#history.isShort();
  }

  /** Begins a list: `finishList` deletes the records of objects that were not put until then. */
  beginList(): void {
    this.#unlisted = new Set(this.#records.keys());
    this.#faults = [];
    this.#history.beginList();
  }

  /** Ends a list; returns whether records that it deleted are missed. */
  finishList(): boolean {
    const changed = [...this.#unlisted ?? []].filter((key) => this.#drop(key));
    this.#unlisted = undefined;
    this.synced = true;
    return changed.length > 0;
  }

  /** Keeps the record of an object, if it leaves one; returns its key when something changed. */
  put(object: RawObject): string | undefined {
    const key = this.#keyOf(object);
    if (key === undefined) return undefined;
    const record = whatItLeaves(object, this.kind, this.#isGated);
    return this.#keep(key, record) ? key : undefined;
  }

  /** Deletes the record of an object; returns its key when it is missed. */
  delete(object: RawObject): string | undefined {
    const key = this.#keyOf(object);
    if (key === undefined) return undefined;
    const idle = this.#records.has(key) ? undefined : idleRevision(whatItLeaves(object, this.kind));
    if (idle !== undefined) this.#history.delete(key, idle);
    return this.#drop(key) ? key : undefined;
  }

  /** Gives everything back that is shared with other kinds. */
  clear(): void {
    for (const key of this.#records.keys()) this.#drop(key);
  }

  /** Returns whether the records differ from before. */
  #keep(key: string, record: Observed | undefined): boolean {
    if (record === undefined) return this.#drop(key);
    const superfluous = this.#superfluousBeside(key, record);
    if (superfluous === key) return this.#remove(key);
    if (superfluous !== undefined) this.#remove(superfluous);
    this.#unlisted?.delete(key);
    const before = this.#records.get(key);
    const taken = this.#shared.take(record);
    const takenKey = this.#shared.keyOf(taken);
    if (taken.type === "pod") return this.#keepPod(key, { taken, takenKey, before });
    // Updates of a status and heartbeats of nodes leave the record as it was.
    if (before !== undefined && this.#shared.keyOf(before) === takenKey) {
      this.#shared.release(taken);
      return false;
    }
    this.#records.set(key, taken);
    if (before !== undefined) this.#release(before);
    return true;
  }

  /** What pods show changes only with the first that shows it, and with the last. */
  #keepPod(key: string, { taken, takenKey, before }: PutPod): boolean {
    const pod = this.#pods.take(taken, takenKey);
    const isFirst = pod === taken;
    if (!isFirst) this.#shared.release(taken);
    this.#records.set(key, pod);
    const isMissed = before !== undefined && this.#release(before);
    if (isFirst && this.waits(key)) this.#startedWaiting(key);
    return (isFirst && this.#isNews(pod)) || isMissed;
  }

  /** One that shows nothing new but since when it waits is none. */
  #isNews(record: Observed): boolean {
    if (record.type !== "pod" || record.pod.neededBy === undefined) return true;
    const { neededBy: _, ...pod } = record.pod;
    return !this.#pods.has(this.#shared.keyOf({ type: "pod", pod }));
  }

  /** Deletes a record; returns whether that changes what the records say. */
  #drop(key: string): boolean {
    const idle = idleRevision(this.#records.get(key));
    if (idle !== undefined) this.#history.delete(key, idle);
    return this.#remove(key);
  }

  #remove(key: string): boolean {
    const record = this.#records.get(key);
    return this.#records.delete(key) && record !== undefined && this.#release(record);
  }

  /** The key of an idle revision whose record is not needed beside this one's, maybe its own. */
  #superfluousBeside(key: string, record: Observed): string | undefined {
    const [idle, before] = [idleRevision(record), idleRevision(this.#records.get(key))];
    if (before !== undefined) this.#history.delete(key, before);
    return idle && this.#history.put(key, idle);
  }

  /** Returns whether the record is missed: nothing that says the same is held any more. */
  #release(record: Observed): boolean {
    if (record.type === "pod" && !this.#pods.release(record)) return false;
    const isMissed = this.#isNews(record);
    this.#shared.release(record);
    return isMissed;
  }

  #keyOf(object: RawObject): string | undefined {
    const metadata = isObject(object["metadata"]) ? object["metadata"] : {};
    const { namespace, name } = metadata;
    if (typeof name === "string" && name !== "") {
      return typeof namespace === "string" ? `${namespace}/${name}` : name;
    }
    const kind = kindName(this.kind);
    const fault = `Cannot use a ${kind} of the API server: it has no metadata.name`;
    if (this.#faults.length < MAX_FAULTS) this.#faults.push(fault);
    return undefined;
  }
}

/** A pod that was put, and what was known of it. */
interface PutPod {
  readonly taken: Observed;
  readonly takenKey: string;
  readonly before: Observed | undefined;
}
