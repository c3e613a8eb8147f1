import { Deadline } from "../async/deadline.ts";
import { pause } from "../async/delay.ts";
import { runAll } from "../async/run_all.ts";
import type { Clock } from "../ports/clock.ts";
import type { Leadership } from "../ports/leadership.ts";
import type { Logger } from "../ports/logger.ts";
import type { Metrics } from "../ports/metrics.ts";
import type { PulledEvents } from "../ports/pulled_events.ts";
import type { StateStore } from "../ports/state_store.ts";
import { BenefitSums } from "../pure/benefit/benefit_sums.ts";
import { type BenefitValue, decodeBenefit } from "../pure/benefit/benefit_value.ts";
import { type ContainerStart, Starts, type Warmth } from "../pure/benefit/starts.ts";
import { BENEFIT_KEY } from "../pure/bucket/state_keys.ts";
import { messageOf } from "../pure/message_of.ts";
import { spaceFilter, type SpaceRules } from "../pure/wants/space_rules.ts";
import type { BucketView } from "./bucket_view.ts";

/** Looks so often whether it leads and which starts can be judged. */
const TURN_MS = 5_000;
/** The value is written at most so often. */
const WRITE_MS = 60_000;
const WRITE_TIMEOUT_MS = 30_000;
const NOBODY: ReadonlySet<string> = new Set();

/** What `BenefitKeeper` works with. */
export interface BenefitKeeperDeps {
  readonly events: PulledEvents;
  readonly warmth: Warmth;
  readonly bucket: Pick<BucketView, "held" | "synced" | "wrote">;
  readonly store: Pick<StateStore, "put">;
  readonly leadership: Pick<Leadership, "leading">;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly clock: Clock;
  /** Whether everything that is wanted has room in the bucket. */
  readonly hasRoom: () => boolean;
  /** Only starts in namespaces that count are counted. */
  readonly rules: SpaceRules;
}

/**
 * Counts starts of containers while this controller leads, and keeps their sums in the bucket. The
 * others do not even follow Events: an API server has one watch to serve, metrics of all replicas
 * can be summed, and who takes over finds in the server's list what its predecessor has not counted.
 */
export class BenefitKeeper {
  readonly #deps: BenefitKeeperDeps;
  #writeFailures = 0;

  constructor(deps: BenefitKeeperDeps) {
    this.#deps = deps;
  }

  /** Works until `signal` aborts. */
  async keep(signal: AbortSignal): Promise<void> {
    while (await pause(TURN_MS, signal)) {
      if (this.#leads() && this.#deps.bucket.synced) await this.#count(signal);
    }
  }

  /** Counts until this controller leads no more. */
  async #count(signal: AbortSignal): Promise<void> {
    const { clock, events, warmth } = this.#deps;
    const nowMs = clock.wallMs();
    const before = this.#stored();
    const sums = new BenefitSums(before ?? { since: new Date(nowMs).toISOString() });
    const untilMs = before === undefined ? NaN : Date.parse(before.until);
    // A clock that was ahead has no say in what is to come.
    const starts = new Starts(warmth, untilMs <= nowMs ? untilMs : nowMs);
    const end = new AbortController();
    let isListed = false;
    await runAll(AbortSignal.any([signal, end.signal]), [
      (signal) =>
        events.follow({
          signal,
          told: (event) => starts.tell(event, clock.wallMs()),
          listed: () => isListed = true,
        }),
      async (signal) => {
        let written = { at: -Infinity, text: "" };
        while (await pause(TURN_MS, signal)) {
          if (!this.#leads()) return end.abort();
          if (!isListed) continue;
          this.#take(starts.judge(clock.wallMs()), sums);
          const at = clock.monotonicMs();
          if (at - written.at < WRITE_MS) continue;
          const text = JSON.stringify(sums.value("")); // that time alone has passed is no change
          if (text === written.text) continue;
          const value = sums.value(new Date(starts.untilMs).toISOString());
          written = { at, text: await this.#write(value, signal) ? text : written.text };
        }
      },
    ]);
  }

  #take(starts: readonly ContainerStart[], sums: BenefitSums): void {
    const { metrics, rules } = this.#deps;
    const counts = spaceFilter(rules, NOBODY);
    for (const start of starts) {
      if (!counts(start.namespace)) continue;
      sums.add(start);
      metrics.count("warm_images_container_starts_total", { result: start.result });
      metrics.observe("warm_images_wait_seconds", start.waitedSeconds);
      metrics.count("warm_images_saved_seconds_total", {}, start.savedSeconds);
    }
  }

  /** What the bucket holds, by whoever led before. */
  #stored(): BenefitValue | undefined {
    const text = this.#deps.bucket.held.get(BENEFIT_KEY);
    if (text === undefined) return undefined;
    const decoded = decodeBenefit(text);
    if ("value" in decoded) return decoded.value;
    const { logger, metrics } = this.#deps;
    metrics.count("warm_images_store_unreadable_total");
    logger.warn("Begins to count starts anew, as what was counted cannot be read", {
      fault: decoded.fault,
    });
    return undefined;
  }

  /** Returns whether it is written: sums come later than what is wanted, and wait for room. */
  async #write(value: BenefitValue, signal: AbortSignal): Promise<boolean> {
    const { store, bucket, logger, hasRoom } = this.#deps;
    if (!hasRoom()) return false;
    using deadline = new Deadline(WRITE_TIMEOUT_MS, "the bucket to take sums", signal);
    const text = JSON.stringify(value);
    try {
      await store.put(BENEFIT_KEY, text, { signal: deadline.signal });
    } catch (error) {
      if (!signal.aborted && this.#writeFailures++ === 0) {
        logger.warn("Could not write what starts have waited, trying again", {
          error: messageOf(error),
        });
      }
      return false;
    }
    this.#writeFailures = 0;
    bucket.wrote(BENEFIT_KEY, text);
    return true;
  }

  #leads(): boolean {
    return this.#deps.leadership.leading();
  }
}
