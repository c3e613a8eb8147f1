import type { Clock } from "../ports/clock.ts";
import { Deadline } from "../async/deadline.ts";
import type { Conditions } from "../ports/conditions.ts";
import type { Logger } from "../ports/logger.ts";
import type { Metrics } from "../ports/metrics.ts";
import type { StateStore } from "../ports/state_store.ts";
import type { Leadership } from "../ports/leadership.ts";
import { LIMITS, partBytesWithin } from "../pure/bucket/limits.ts";
import { byImportance } from "../pure/bucket/room_plan.ts";
import { parseStateKey } from "../pure/bucket/state_keys.ts";
import { StoreFullError, ValueTooLargeError } from "../pure/bucket/store_errors.ts";
import type { BucketView } from "./bucket_view.ts";
import { RoomMaker, type RoomNeed } from "./room_maker.ts";
import { inBatches } from "../pure/in_batches.ts";
import { messageOf } from "../pure/message_of.ts";

/** How many writes are under way at the same time. */
const BATCH = 64;
/** How long a batch may take, in ms; NATS answers each write within 5 s or not at all. */
const BATCH_MS = 30_000;
/** What did not fit into a full bucket is tried again after this time; a survey has its price. */
const FULL_AGAIN_MS = 10_000;
const NOTHING: ReadonlySet<string> = new Set();
/** How often room is made for one round of writes. */
const MAX_REFUSALS = 3;

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
  readonly metrics: Metrics;
  readonly conditions: Conditions;
  readonly clock: Clock;
  readonly bucket: BucketView;
}

/** The last round in which not everything fitted. */
interface Fullness {
  readonly leftOut: ReadonlySet<string>;
  /** Which limit refused the last write, and what to do. */
  readonly limit: string;
  /** The same, with what it means for the images. */
  readonly reason: string;
  /** Monotonic ms. */
  readonly at: number;
}

/** What one call of `write()` has done so far. */
interface Round {
  readonly puts: ReadonlyMap<string, string>;
  readonly deletes: readonly string[];
  readonly put: Set<string>;
  readonly deleted: Set<string>;
  readonly signal: AbortSignal;
}

/** Writes to the bucket while this controller leads, and keeps the view of the bucket in step. */
export class StateWriter {
  readonly #deps: StateWriterDeps;
  /** Values that the store refuses, by key: logged once, and not tried again until they change. */
  readonly #refused = new Map<string, string>();
  /** Keys that were purged in a full bucket, which agents have not been told. */
  readonly #untold = new Set<string>();
  readonly #room: RoomMaker;
  #partBytes: number = LIMITS.partBytes;
  #full: Fullness | undefined;

  constructor(deps: StateWriterDeps) {
    this.#deps = deps;
    this.#room = new RoomMaker(deps);
    deps.conditions.set("bucket", true);
  }

  /** Most bytes of a value that can be split: less than usual where the store has refused that. */
  get partBytes(): number {
    return this.#partBytes;
  }

  /** Whether what is wanted has more than enough room, as far as the last round has shown. */
  get hasRoom(): boolean {
    return this.#full === undefined;
  }

  /**
   * Puts, then deletes. Stops at the first failure and when leadership is lost; never throws. In a
   * full bucket it makes room, and leaves out what does not fit, least important first; that is an
   * `error` too, as a retry finds out when there is room again.
   */
  async write(
    puts: ReadonlyMap<string, string>,
    deletes: readonly string[],
    signal: AbortSignal,
    need: RoomNeed,
  ): Promise<Written> {
    const round: Round = { puts, deletes, signal, put: new Set(), deleted: new Set() };
    let error: string | undefined;
    try {
      error = await this.#fit(round, need);
    } catch (caught) {
      error = messageOf(caught);
    }
    return { put: round.put.size, deleted: round.deleted.size, error };
  }

  /** Writes what fits; resolves to why that is not everything. */
  async #fit(round: Round, need: RoomNeed): Promise<string | undefined> {
    const tight = await this.#room.tight(round.signal);
    const again = this.#full !== undefined && this.#mayFit(round, this.#full);
    let refusals = 0;
    let limit = this.#full?.limit ?? tight ?? "";
    if (!again && tight === undefined) {
      const refused = await this.#all(round, this.#full?.leftOut ?? NOTHING, []);
      if (refused === undefined) return this.#full?.reason;
      refusals++;
      limit = refused.message;
    }
    let leftOut: ReadonlySet<string> = NOTHING;
    while (refusals < MAX_REFUSALS) {
      const plan = await this.#room.make(need, refusals, round.signal);
      leftOut = plan.leftOut;
      const before = round.put.size;
      const refused = await this.#all(round, leftOut, plan.evict);
      const isWritten = refused === undefined || round.put.size > before;
      if (isWritten || plan.evict.length + plan.purge.length > 0) this.#room.helped(isWritten);
      if (refused === undefined) break;
      refusals++;
      limit = refused.message;
    }
    if (refusals === MAX_REFUSALS) leftOut = new Set(round.puts.keys()).difference(round.put);
    const all = refusals < MAX_REFUSALS && leftOut.size === 0;
    return this.#tell(
      all ? undefined : { leftOut, limit, at: this.#deps.clock.monotonicMs() },
      need,
    );
  }

  /** Whether a survey is worth its price: time has passed, or something goes. */
  #mayFit({ puts, deletes }: Round, { at, leftOut }: Fullness): boolean {
    if (deletes.length > 0 || this.#deps.clock.monotonicMs() - at >= FULL_AGAIN_MS) return true;
    return ![...leftOut].some((key) => puts.has(key));
  }

  /** Writes the round but `leftOut`; resolves to the store's refusal for want of room, if any. */
  async #all(
    round: Round,
    leftOut: ReadonlySet<string>,
    evict: readonly string[],
  ): Promise<StoreFullError | undefined> {
    const { puts, signal } = round;
    const not = new Set([...round.put, ...leftOut, ...evict]);
    const left = new Map([...puts].filter(([key]) => !not.has(key)));
    const isTight = this.#full !== undefined || evict.length > 0;
    try {
      if (isTight) await this.#remove(round, [...this.#untold, ...round.deletes, ...evict]);
      const ordered = isTight ? byImportance(left) : [...left.keys()];
      await this.#inBatches(ordered, signal, async (key, options) => {
        if (await this.#put(key, left.get(key) ?? "", options)) round.put.add(key);
      });
      return await this.#remove(round, [...this.#untold, ...round.deletes]);
    } catch (error) {
      if (error instanceof StoreFullError) return error;
      throw error;
    }
  }

  /**
   * Deletes keys; resolves to the refusal for want of room, if any. The values are gone then all the
   * same, and what is left is to tell the agents.
   */
  async #remove(round: Round, keys: readonly string[]): Promise<StoreFullError | undefined> {
    const { store, bucket } = this.#deps;
    const left = keys.filter((key) => !round.deleted.has(key));
    let refused: StoreFullError | undefined;
    await this.#inBatches(left, round.signal, async (key, options) => {
      try {
        await store.delete(key, options);
        this.#untold.delete(key);
        round.deleted.add(key);
      } catch (error) {
        if (!(error instanceof StoreFullError)) throw error;
        refused = error;
        this.#untold.add(key);
      }
      bucket.wrote(key, undefined);
    });
    return refused;
  }

  #tell(
    full: Omit<Fullness, "reason"> | undefined,
    { desired }: RoomNeed,
  ): string | undefined {
    const { logger, metrics, conditions } = this.#deps;
    const isWanted = (key: string) => parseStateKey(key)?.type === "wanted";
    const images = [...desired.keys()].filter(isWanted).length;
    const missing = [...full?.leftOut ?? []].filter(isWanted).length;
    metrics.gauge("warm_images_left_out", missing);
    if (full === undefined) {
      this.#room.done();
      if (this.#full !== undefined) logger.info("Bucket has room for everything again");
      this.#full = undefined;
      conditions.set("bucket", true);
      return undefined;
    }
    const reason = `${full.limit}; left out ${missing} of ${images} images, least urgent first`;
    this.#full = { ...full, reason };
    conditions.set("bucket", false, reason);
    return reason;
  }

  async #put(key: string, value: string, options: WriteOptions): Promise<boolean> {
    const { store, bucket, logger } = this.#deps;
    if (this.#refused.get(key) === value) return false;
    try {
      await store.put(key, value, options);
    } catch (error) {
      if (!(error instanceof ValueTooLargeError) || this.#shrinks(error)) throw error;
      this.#refused.set(key, value);
      logger.error("Skipped a value that the store refused", { error: error.message });
      return false;
    }
    this.#refused.delete(key);
    this.#untold.delete(key);
    bucket.wrote(key, value);
    return true;
  }

  /** Whether the next pass will split what the store has refused, as it takes less than others. */
  #shrinks({ key, bytes, maxBytes }: ValueTooLargeError): boolean {
    const type = parseStateKey(key)?.type;
    if (type !== "wanted" && type !== "where" && type !== "node") return false;
    const fits = partBytesWithin(maxBytes);
    if (bytes <= fits || this.#partBytes <= fits) return false;
    this.#partBytes = fits;
    return true;
  }

  async #inBatches<T>(
    items: readonly T[],
    signal: AbortSignal,
    act: (item: T, options: WriteOptions) => Promise<void>,
  ): Promise<void> {
    for (const some of inBatches(items, BATCH)) {
      if (!this.#deps.leadership.leading()) return;
      this.#deps.conditions.beat(); // the loop gets on, however many batches there are
      using deadline = new Deadline(BATCH_MS, "the bucket to take writes", signal);
      const { signal: inTime } = deadline;
      const batch = some.map((item) => act(item, { signal: inTime }));
      const ended = await Promise.allSettled(batch);
      for (const result of ended) if (result.status === "rejected") throw result.reason;
    }
  }
}
