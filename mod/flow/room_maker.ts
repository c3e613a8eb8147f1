import { Deadline } from "../async/deadline.ts";
import type { Clock } from "../ports/clock.ts";
import type { Conditions } from "../ports/conditions.ts";
import type { Leadership } from "../ports/leadership.ts";
import type { Logger } from "../ports/logger.ts";
import type { StateStore, StoredKey, StoreSurvey } from "../ports/state_store.ts";
import { planRoom, type RoomPlan } from "../pure/bucket/room_plan.ts";
import { isRubbish } from "../pure/bucket/stored_keys.ts";
import { inBatches } from "../pure/in_batches.ts";
import type { BucketView } from "./bucket_view.ts";

/** How many keys are purged at the same time. */
const BATCH = 64;
/** Surveys that find rubbish among the keys that they list, before the rest waits for a later pass. */
const MAX_SURVEYS = 20;
/** How long a survey or a batch of purges may take, in ms. */
const STEP_MS = 60_000;
/** How often it is looked how full the bucket is … */
const LOOK_MS = 50_000;
/** … and from where on room is made: when half of the reserve of `planRoom()` is gone. */
const TIGHT_SHARE = 0.975;
/** Characters of a key that a log line shows. */
const SHOWN = 200;
/** How much more is tried in each round where nobody tells the limit: it may have been raised. */
const PROBE = { share: 0.1, least: 64 * 1024 };

/** What `RoomMaker` works with. */
export interface RoomMakerDeps {
  readonly store: StateStore;
  readonly leadership: Leadership;
  readonly logger: Logger;
  readonly conditions: Conditions;
  readonly clock: Clock;
  readonly bucket: BucketView;
}

/** What the controller needs room for. */
export interface RoomNeed {
  /** What the bucket should hold, by key. */
  readonly desired: ReadonlyMap<string, string>;
  /** Names of the nodes that exist; undefined while they are unknown. */
  readonly nodes: ReadonlySet<string> | undefined;
}

/** Makes room in a full store by purging, as any other write would be refused, deletions too. */
export class RoomMaker {
  readonly #deps: RoomMakerDeps;
  /** What fitted when the store refused more, where nobody tells its limit. */
  #seenLimit: number | undefined;
  #isVain = false;
  /** Monotonic ms. */
  #lookedAt = -Infinity;

  constructor(deps: RoomMakerDeps) {
    this.#deps = deps;
  }

  /**
   * Purges rubbish and what agents have beyond their part; says what else must go and what does not
   * fit. `refusals`: how often the store has refused a write in this round. Throws what it throws.
   */
  async make(need: RoomNeed, refusals: number, signal: AbortSignal): Promise<RoomPlan> {
    const before = await this.#survey(signal);
    const isTold = before.limitBytes !== undefined && refusals < 2;
    const limitBytes = isTold ? before.limitBytes : this.#guess(before, refusals);
    const stored = await this.#withoutRubbish(before, need, signal);
    const plan = planRoom({ stored, desired: need.desired, limitBytes, isGuess: !isTold });
    // Others fill the store, and what we give up goes to them: it would not end before we hold nothing.
    if (this.#isVain && !isTold) return { ...plan, purge: [], evict: [] };
    await this.#purge(plan.purge, signal);
    if (plan.purge.length > 0) {
      this.#deps.logger.warn("Purged reports, as agents fill the bucket beyond their part", {
        keys: plan.purge.length,
        first: plan.purge[0]?.slice(0, SHOWN),
      });
    }
    return plan;
  }

  /**
   * Looks once a minute whether little room is left: who fills the bucket keeps agents from writing,
   * also while the controller has nothing to write. Resolves to what to say of it then.
   */
  async tight(signal: AbortSignal): Promise<string | undefined> {
    const now = this.#deps.clock.monotonicMs();
    if (now - this.#lookedAt < LOOK_MS) return undefined;
    this.#lookedAt = now;
    using deadline = new Deadline(STEP_MS, "a look at the bucket", signal);
    const room = await this.#deps.store.room({ signal: deadline.signal }).catch(() => undefined);
    const { usedBytes = 0, limitBytes = Infinity } = room ?? {};
    return usedBytes > TIGHT_SHARE * limitBytes
      ? `The bucket holds ${usedBytes} of ${limitBytes} bytes: raise --nats-max-bytes`
      : undefined;
  }

  /** Forgets the limit that was met, as everything fits. */
  done(): void {
    this.#seenLimit = undefined;
    this.#isVain = false;
  }

  /** Tells whether anything could be written after something had been given up for it. */
  helped(helped: boolean): void {
    this.#isVain = !helped;
  }

  /** What there was when the store refused more; in a later round somewhat more is tried. */
  #guess({ usedBytes }: StoreSurvey, refusals: number): number {
    if (refusals > 0) return this.#seenLimit = usedBytes;
    const known = this.#seenLimit ?? usedBytes;
    return this.#seenLimit = known + Math.max(known * PROBE.share, PROBE.least);
  }

  async #survey(signal: AbortSignal): Promise<StoreSurvey> {
    this.#deps.conditions.beat();
    using deadline = new Deadline(STEP_MS, "a survey of the bucket", signal);
    return await this.#deps.store.survey({ signal: deadline.signal });
  }

  async #withoutRubbish(
    first: StoreSurvey,
    { nodes }: RoomNeed,
    signal: AbortSignal,
  ): Promise<StoredKey[]> {
    let survey = first;
    for (let count = 1;; count++) {
      const [rubbish, rest] = split(survey.keys, (stored) => isRubbish(stored, nodes));
      await this.#purge(rubbish.map(({ key }) => key), signal);
      const forged = rubbish.filter(({ deleted }) => !deleted);
      if (forged.length > 0) {
        this.#deps.logger.warn("Purged what no agent of a known node writes", {
          keys: forged.length,
          bytes: forged.reduce((bytes, stored) => bytes + stored.bytes, 0),
          first: forged[0]?.key.slice(0, SHOWN),
        });
      }
      if (survey.complete || rubbish.length === 0 || count === MAX_SURVEYS) return rest;
      survey = await this.#survey(signal);
    }
  }

  async #purge(keys: readonly string[], signal: AbortSignal): Promise<void> {
    const { store, bucket, leadership, conditions } = this.#deps;
    for (const batch of inBatches(keys, BATCH)) {
      if (!leadership.leading()) return;
      conditions.beat();
      using deadline = new Deadline(STEP_MS, "the bucket to purge keys", signal);
      await Promise.all(batch.map((key) => store.purge(key, { signal: deadline.signal })));
      for (const key of batch) bucket.wrote(key, undefined); // nobody is told of a purge
    }
  }
}

function split(
  keys: readonly StoredKey[],
  test: (stored: StoredKey) => boolean,
): [StoredKey[], StoredKey[]] {
  const [yes, no]: [StoredKey[], StoredKey[]] = [[], []];
  for (const stored of keys) (test(stored) ? yes : no).push(stored);
  return [yes, no];
}
