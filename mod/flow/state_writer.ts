import type { Logger } from "../ports/logger.ts";
import type { StateStore } from "../ports/state_store.ts";
import type { Leadership } from "../ports/leadership.ts";
import { ValueTooLargeError } from "../pure/bucket/store_errors.ts";
import type { BucketView } from "./bucket_view.ts";
import { messageOf } from "../pure/message_of.ts";

/** How many writes are under way at the same time. */
const BATCH = 64;

/** What one round of writes did; `error` is the first failure that a retry may overcome. */
export interface Written {
  readonly put: number;
  readonly deleted: number;
  readonly error?: string | undefined;
}

/** What `StateWriter` works with. */
export interface StateWriterDeps {
  readonly store: StateStore;
  readonly leadership: Leadership;
  readonly logger: Logger;
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
      await this.#inBatches([...puts], async ([key, value]) => {
        if (await this.#put(key, value, signal)) put++;
      });
      await this.#inBatches(deletes, async (key) => {
        await store.delete(key, { signal });
        bucket.wrote(key, undefined);
        deleted++;
      });
    } catch (error) {
      return { put, deleted, error: messageOf(error) };
    }
    return { put, deleted };
  }

  async #put(key: string, value: string, signal: AbortSignal): Promise<boolean> {
    const { store, bucket, logger } = this.#deps;
    if (this.#refused.get(key) === value) return false;
    try {
      await store.put(key, value, { signal });
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

  async #inBatches<T>(items: readonly T[], act: (item: T) => Promise<void>): Promise<void> {
    for (let at = 0; at < items.length; at += BATCH) {
      if (!this.#deps.leadership.leading()) return;
      const ended = await Promise.allSettled(items.slice(at, at + BATCH).map(act));
      for (const result of ended) if (result.status === "rejected") throw result.reason;
    }
  }
}
