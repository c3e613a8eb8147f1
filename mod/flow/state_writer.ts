import { Deadline } from "../async/deadline.ts";
import type { Conditions } from "../ports/conditions.ts";
import type { Logger } from "../ports/logger.ts";
import type { StateStore } from "../ports/state_store.ts";
import type { Leadership } from "../ports/leadership.ts";
import { ValueTooLargeError } from "../pure/bucket/store_errors.ts";
import type { BucketView } from "./bucket_view.ts";
import { messageOf } from "../pure/message_of.ts";

/** How many writes are under way at the same time. */
const BATCH = 64;
/** How long a batch may take, in ms; NATS answers each write within 5 s or not at all. */
const BATCH_MS = 30_000;

/** What one round of writes did; `error` is the first failure that a retry may overcome. */
export interface Written {
  readonly put: number;
  readonly deleted: number;
  readonly error?: string | undefined;
}

type WriteOptions = Parameters<StateStore["put"]>[2];

/** What `StateWriter` works with. */
export interface StateWriterDeps {
  readonly store: StateStore;
  readonly leadership: Leadership;
  readonly logger: Logger;
  readonly conditions: Conditions;
  readonly bucket: BucketView;
}

/** Writes to the bucket while this controller leads, and keeps the view of the bucket in step. */
export class StateWriter {
  readonly #deps: StateWriterDeps;
  /** Values that the store refuses, by key: logged once, and not tried again until they change. */
  readonly #refused = new Map<string, string>();

  constructor(deps: StateWriterDeps) {
    this.#deps = deps;
  }

  /** Puts, then deletes. Stops at the first failure and when leadership is lost; never throws. */
  async write(
    puts: ReadonlyMap<string, string>,
    deletes: readonly string[],
    signal: AbortSignal,
  ): Promise<Written> {
    const { store, bucket } = this.#deps;
    let put = 0;
    let deleted = 0;
    try {
      await this.#inBatches([...puts], signal, async ([key, value], options) => {
        if (await this.#put(key, value, options)) put++;
      });
      await this.#inBatches(deletes, signal, async (key, options) => {
        await store.delete(key, options);
        bucket.wrote(key, undefined);
        deleted++;
      });
    } catch (error) {
      return { put, deleted, error: messageOf(error) };
    }
    return { put, deleted };
  }

  async #put(key: string, value: string, options: WriteOptions): Promise<boolean> {
    const { store, bucket, logger } = this.#deps;
    if (this.#refused.get(key) === value) return false;
    try {
      await store.put(key, value, options);
    } catch (error) {
      if (!(error instanceof ValueTooLargeError)) throw error;
      this.#refused.set(key, value);
      logger.error("Skipped a value that the store refused", { error: error.message });
      return false;
    }
    this.#refused.delete(key);
    bucket.wrote(key, value);
    return true;
  }

  async #inBatches<T>(
    items: readonly T[],
    signal: AbortSignal,
    act: (item: T, options: WriteOptions) => Promise<void>,
  ): Promise<void> {
    for (let at = 0; at < items.length; at += BATCH) {
      if (!this.#deps.leadership.leading()) return;
      this.#deps.conditions.beat(); // the loop gets on, however many batches there are
      using deadline = new Deadline(BATCH_MS, "the bucket to take writes", signal);
      const { signal: inTime } = deadline;
      const batch = items.slice(at, at + BATCH).map((item) => act(item, { signal: inTime }));
      const ended = await Promise.allSettled(batch);
      for (const result of ended) if (result.status === "rejected") throw result.reason;
    }
  }
}
