import type {
  StateStore,
  StoreChange,
  StoredKey,
  StoreRoom,
  StoreSurvey,
} from "../../../mod/ports/state_store.ts";
import {
  StoreFullError,
  ValueTooLargeError,
  WriteForbiddenError,
} from "../../../mod/pure/bucket/store_errors.ts";
import { storedBytes } from "../../../mod/pure/bucket/stored_keys.ts";

/** A `StateStore` in memory whose faults a test decides. Deterministic: it has no timers. */
export interface MemoryStore extends StateStore {
  /** What the bucket holds now. */
  readonly values: ReadonlyMap<string, string>;
  /** Largest value in bytes, for all handles. */
  maxBytes: number;
  /** The most that all values may take, for all handles; `tells`: whether a survey says so. */
  limit: { readonly bytes: number; readonly tells: boolean };
  /** Another handle on the same bucket, as another program has it; cut and restored by itself. */
  another(): MemoryStore;
  /** Breaks the connection of this handle: writes throw, followers hear nothing. */
  cut(): void;
  /** Restores the connection: followers catch up. */
  restore(): void;
  /** The bucket is lost with its data, and a new one made. */
  wipe(): void;
}

/** Makes an empty bucket and a first handle on it. */
export function memoryStore(options: { readonly maxBytes?: number } = {}): MemoryStore {
  return new Handle(new Bucket(options.maxBytes ?? 1024 * 1024));
}

/** `store`, some of whose methods a test replaces. */
export function storeWith(store: StateStore, replaced: Partial<StateStore>): StateStore {
  return {
    follow: (filters, options) => store.follow(filters, options),
    put: (key, value, options) => store.put(key, value, options),
    delete: (key, options) => store.delete(key, options),
    purge: (key, options) => store.purge(key, options),
    room: (options) => store.room(options),
    survey: (options) => store.survey(options),
    ...replaced,
  };
}

/** `store` for a user that may not write keys that begin so. */
export function forbidding(store: StateStore, prefix: string): StateStore {
  return storeWith(store, {
    put: (key, value, options) =>
      key.startsWith(prefix)
        ? Promise.reject(new WriteForbiddenError(key, "not granted"))
        : store.put(key, value, options),
  });
}

interface Value {
  readonly value: string;
  readonly revision: number;
}

class Bucket {
  readonly values = new Map<string, Value>();
  incarnation = 1;
  limit = { bytes: Infinity, tells: true };
  readonly #listeners = new Set<() => void>();
  #revision = 0;

  constructor(public maxBytes: number) {}

  put(key: string, value: string): void {
    this.values.delete(key); // so that the map is in order of writing
    this.values.set(key, { value, revision: ++this.#revision });
    this.changed();
  }

  get usedBytes(): number {
    return this.stored().reduce((sum, { bytes }) => sum + bytes, 0);
  }

  stored(): StoredKey[] {
    return [...this.values].map(([key, { value }]) => ({
      key,
      bytes: storedBytes(key, new TextEncoder().encode(value).length),
      deleted: false,
      ageMs: 0,
    }));
  }

  changed(): void {
    for (const listener of this.#listeners) listener();
  }

  listen(listener: () => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }
}

class Handle implements MemoryStore {
  readonly #bucket: Bucket;
  #cut = false;

  constructor(bucket: Bucket) {
    this.#bucket = bucket;
  }

  get values(): ReadonlyMap<string, string> {
    return new Map([...this.#bucket.values].map(([key, { value }]) => [key, value]));
  }

  get maxBytes(): number {
    return this.#bucket.maxBytes;
  }

  set maxBytes(bytes: number) {
    this.#bucket.maxBytes = bytes;
  }

  get limit(): MemoryStore["limit"] {
    return this.#bucket.limit;
  }

  set limit(limit) {
    this.#bucket.limit = limit;
  }

  another(): MemoryStore {
    return new Handle(this.#bucket);
  }

  cut(): void {
    this.#cut = true;
  }

  restore(): void {
    this.#cut = false;
    this.#bucket.changed();
  }

  wipe(): void {
    this.#bucket.values.clear();
    this.#bucket.incarnation++;
    this.#bucket.changed();
  }

  async put(key: string, value: string, { signal }: { signal: AbortSignal }): Promise<void> {
    await this.#reach(key, signal);
    const bytes = new TextEncoder().encode(value).length;
    if (bytes > this.maxBytes) throw new ValueTooLargeError(key, bytes, this.maxBytes);
    const { limit, usedBytes, values } = this.#bucket;
    const older = new TextEncoder().encode(values.get(key)?.value ?? "").length;
    const more = values.has(key) ? bytes - older : storedBytes(key, bytes);
    if (usedBytes + more > limit.bytes) {
      throw new StoreFullError("bucket", `The bucket is full: it may hold ${limit.bytes} bytes`);
    }
    this.#bucket.put(key, value);
  }

  async purge(key: string, { signal }: { signal: AbortSignal }): Promise<void> {
    await this.#reach(key, signal);
    this.#bucket.values.delete(key);
  }

  async delete(key: string, { signal }: { signal: AbortSignal }): Promise<void> {
    await this.#reach(key, signal);
    this.#bucket.values.delete(key);
    this.#bucket.changed();
  }

  async room({ signal }: { signal: AbortSignal }): Promise<StoreRoom> {
    await this.#reach("room", signal);
    const { limit: { bytes, tells }, usedBytes } = this.#bucket;
    return { usedBytes, ...(tells && Number.isFinite(bytes) && { limitBytes: bytes }) };
  }

  async survey(options: { signal: AbortSignal }): Promise<StoreSurvey> {
    return { ...await this.room(options), keys: this.#bucket.stored(), complete: true };
  }

  async *follow(
    filters: readonly string[],
    { signal, looked = [] }: { readonly signal: AbortSignal; readonly looked?: readonly string[] },
  ): AsyncGenerator<StoreChange, void, undefined> {
    let wake = Promise.withResolvers<void>();
    const ring = () => wake.resolve();
    using _listening = this.#bucket.listen(ring);
    signal.addEventListener("abort", ring, { once: true });
    const follower = new Follower([...filters, ...looked]);
    while (!signal.aborted) {
      for (const change of this.#cut ? [] : follower.catchUp(this.#bucket)) {
        yield change;
        if (signal.aborted || this.#cut) break;
      }
      if (signal.aborted) return;
      await wake.promise;
      wake = Promise.withResolvers();
    }
  }

  /** Stands for the round trip to the server: it takes a turn of the event loop, and may fail. */
  async #reach(key: string, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (!/^[-/=\w]+(\.[-/=\w]+)*$/.test(key)) throw new Error(`Cannot use "${key}" as a key`);
    await Promise.resolve();
    if (this.#cut) throw new Error(`Cannot write "${key}": the store is cut off`);
  }
}

/** What one follower has been told. */
class Follower {
  #incarnation = 0;
  #synced = false;
  readonly #held = new Map<string, number>();

  constructor(readonly filters: readonly string[]) {}

  /** The changes it has not been told; each counts as told once it is taken. */
  *catchUp(bucket: Bucket): Generator<StoreChange> {
    if (this.#incarnation !== bucket.incarnation) {
      const first = this.#incarnation === 0;
      this.#incarnation = bucket.incarnation;
      this.#synced = false;
      this.#held.clear();
      yield {
        type: "reset",
        reason: first ? "first read of the bucket" : "the bucket was recreated",
      };
    }
    for (const key of [...this.#held.keys()]) {
      if (bucket.values.has(key)) continue;
      this.#held.delete(key);
      yield { type: "delete", key };
    }
    for (const [key, { value, revision }] of [...bucket.values]) {
      if (!this.filters.some((filter) => matches(filter, key))) continue;
      if (this.#held.get(key) === revision) continue;
      this.#held.set(key, revision);
      yield { type: "put", key, value };
    }
    if (this.#synced) return;
    this.#synced = true;
    yield { type: "synced" };
  }
}

function matches(filter: string, key: string): boolean {
  return filter.endsWith(">") ? key.startsWith(filter.slice(0, -1)) : key === filter;
}
