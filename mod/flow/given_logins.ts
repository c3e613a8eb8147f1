import { Deadline } from "../async/deadline.ts";
import type { Leadership } from "../ports/leadership.ts";
import type { Logger } from "../ports/logger.ts";
import type { Clock } from "../ports/clock.ts";
import type { StateStore } from "../ports/state_store.ts";
import { decodeSealed, type SealedValue } from "../pure/bucket/sealed_wire.ts";
import { inBatches } from "../pure/in_batches.ts";
import { messageOf } from "../pure/message_of.ts";
import { RareWarnings } from "./rare_warnings.ts";

/** How many writes are under way at the same time, and how long they may take, in ms. */
const BATCH = 64;
const BATCH_MS = 10_000;
/** So many of a batch that failed are named. */
const MAX_TOLD = 3;
/** Longest value of ours: its logins are shorter by far. */
const MAX_CHARS = 256 * 1024;

/** What `GivenLogins` works with. */
export interface GivenLoginsDeps {
  readonly store: StateStore;
  readonly leadership: Leadership;
  readonly logger: Logger;
  readonly clock: Clock;
}

/** The logins that lie in the bucket, and how they get there. */
export class GivenLogins {
  readonly #deps: GivenLoginsDeps;
  readonly #warnings: RareWarnings;
  /** By key; undefined: it cannot be read, and is replaced or taken away. */
  readonly #values = new Map<string, SealedValue | undefined>();

  constructor(deps: GivenLoginsDeps) {
    this.#deps = deps;
    this.#warnings = new RareWarnings(deps);
  }

  /** How many there are. */
  get size(): number {
    return this.#values.size;
  }

  /** What lies under a key, where it can be read. */
  get(key: string): SealedValue | undefined {
    return this.#values.get(key);
  }

  /** Takes in what lies under a key; undefined: nothing any more. */
  take(key: string, text: string | undefined): void {
    if (text === undefined) {
      this.#values.delete(key);
      return;
    }
    const decoded = text.length > MAX_CHARS ? { fault: "too long" } : decodeSealed(text);
    this.#values.set(key, "value" in decoded ? decoded.value : undefined);
  }

  /** Forgets everything. */
  clear(): void {
    this.#values.clear();
  }

  /** Takes away what is not `needed`. */
  async keepOnly(
    needed: { readonly has: (key: string) => boolean },
    signal: AbortSignal,
  ): Promise<void> {
    const gone = [...this.#values.keys()].filter((key) => !needed.has(key));
    await this.delete(gone, signal);
  }

  /** Deletes keys of the bucket, of whatever kind; resolves to those that are gone. */
  async delete(keys: readonly string[], signal: AbortSignal): Promise<readonly string[]> {
    const gone: string[] = [];
    await this.#each(keys, signal, async (key, signal) => {
      await this.#deps.store.delete(key, { signal });
      this.#values.delete(key);
      gone.push(key);
    });
    return gone;
  }

  /** Gives one login after the other, each as `make` says; undefined: there is none for now. */
  async give<W extends { readonly key: string }>(
    wishes: readonly W[],
    make: (wish: W) => Promise<SealedValue | undefined>,
    signal: AbortSignal,
  ): Promise<void> {
    const named = new Map(wishes.map((wish) => [wish.key, wish]));
    await this.#each([...named.keys()], signal, async (key, signal) => {
      const wish = named.get(key);
      const value = wish && await make(wish);
      if (value === undefined) return;
      await this.#deps.store.put(key, JSON.stringify(value), { signal });
      this.#values.set(key, value);
    });
  }

  /** One that fails is named, and the others go on; where all fail it throws: the bucket is gone. */
  async #each(
    keys: readonly string[],
    signal: AbortSignal,
    act: (key: string, signal: AbortSignal) => Promise<void>,
  ): Promise<void> {
    for (const some of inBatches(keys, BATCH)) {
      if (!this.#deps.leadership.leading()) return;
      using deadline = new Deadline(BATCH_MS, "the bucket to take logins", signal);
      const ended = await Promise.allSettled(some.map((key) => act(key, deadline.signal)));
      signal.throwIfAborted();
      const failed = ended.flatMap((each, at) =>
        each.status === "rejected" ? [{ key: some[at], reason: messageOf(each.reason) }] : []
      );
      for (const { key = "", reason } of failed.slice(0, MAX_TOLD)) {
        const fields = { key, reason, failed: failed.length };
        this.#warnings.warn("Could not write a login of a node", fields, key);
      }
      if (failed.length === BATCH) throw new Error(failed[0]?.reason);
    }
  }
}
