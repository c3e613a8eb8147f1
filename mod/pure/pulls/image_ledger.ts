import { type ImageEntry, imageReport, isMoving, newEntry, pullCandidate } from "./image_entry.ts";
import { type LedgerCounts, ledgerCounts } from "./ledger_counts.ts";
import type { Moment } from "../moment.ts";
import type { Presence } from "./presence.ts";
import type { PullCandidate } from "./pull_choice.ts";
import type { PullFailure, PullOutcome } from "./pull_outcome.ts";
import { afterFailure, type PullSchedule } from "./pull_schedule.ts";
import { RegistryPauses } from "./registry_pauses.ts";
import { TagRefreshes } from "./tag_refreshes.ts";
import type { ImageReport } from "../bucket/agent_wire.ts";
import type { WantedValue } from "../bucket/wire.ts";

/** How `ImageLedger` goes about it. */
export interface LedgerOptions {
  readonly schedule: PullSchedule;
  readonly random: () => number;
  /** How often registries are asked whether tags have moved, in ms; undefined: never. */
  readonly refreshEveryMs?: number | undefined;
}

/** What came of asking whether a tag has moved. */
export type RefreshResult = "same" | "moved" | "failed";

/**
 * What the node should have, what it has, and when a missing image may be pulled again. Due
 * times are monotonic, in ms; the caller passes the present time.
 */
export class ImageLedger {
  readonly #entries = new Map<string, ImageEntry>();
  readonly #options: LedgerOptions;
  readonly #pauses: RegistryPauses;
  readonly #refreshes: TagRefreshes;
  #version = 0;

  constructor(options: LedgerOptions) {
    const { schedule, random, refreshEveryMs } = options;
    this.#options = options;
    this.#pauses = new RegistryPauses(schedule.registryPause, random);
    this.#refreshes = new TagRefreshes({ everyMs: refreshEveryMs, retry: schedule.park, random });
  }

  /** Grows with every change that a report would show. */
  get version(): number {
    return this.#version;
  }

  /** Replaces what is wanted here; an image whose entry changed may be pulled at once. */
  setWanted(wanted: ReadonlyMap<string, WantedValue>, now: Moment): void {
    for (const reference of this.#entries.keys()) {
      if (!wanted.has(reference)) this.#drop(reference);
    }
    for (const [reference, value] of wanted) {
      const entry = this.#entries.get(reference);
      if (!entry) this.#add(reference, value, now);
      else if (JSON.stringify(entry.wanted) !== JSON.stringify(value)) {
        entry.wanted = value;
        entry.notBefore = 0;
        entry.failures = 0;
      }
    }
    const moving = [...wanted].filter(([, value]) => isMoving(value)).map(([each]) => each);
    this.#refreshes.follow(new Set(moving), now.monotonicMs);
  }

  /**
   * Returns the references that must be checked now. An entry that is marked stale while its check
   * is under way stays stale: the answer may be older than the change.
   */
  beginCheck(): string[] {
    const references: string[] = [];
    for (const [reference, entry] of this.#entries) {
      if (entry.check === "done" || entry.state === "pulling" || entry.refreshing) continue;
      entry.check = "asked";
      references.push(reference);
    }
    return references;
  }

  /** Makes the next check ask about one image again, or about all. */
  markStale(reference?: string): void {
    for (const [key, entry] of this.#entries) {
      if (reference !== undefined && key !== reference) continue;
      entry.check = "due";
    }
  }

  /** Takes in what the runtime answered about one image. */
  recordCheck(reference: string, presence: Presence, now: Moment): void {
    const entry = this.#entries.get(reference);
    if (!entry || entry.state === "pulling" || entry.refreshing) return;
    if (entry.check === "asked") entry.check = "done";
    if (presence.state === "usable") {
      entry.bytes = presence.bytes ?? entry.bytes;
      entry.digest = presence.digest ?? entry.digest;
      this.#move(entry, "warm", now);
    } else if (entry.state === "warm") {
      this.#move(entry, "waiting", now);
    }
  }

  /** Takes in that a pull of this image begins. */
  beginPull(reference: string, now: Moment): void {
    const entry = this.#entries.get(reference);
    if (entry) this.#move(entry, "pulling", now);
  }

  /** Takes in how a pull of this image ended. */
  recordPull(reference: string, outcome: PullOutcome, now: Moment): void {
    const entry = this.#entries.get(reference);
    if (!entry) return;
    // The image was unwanted and is wanted again: this pull is not the entry's.
    if (entry.state !== "pulling") return this.markStale(reference);
    switch (outcome.result) {
      case "pulled":
        entry.pullSeconds = (now.monotonicMs - entry.since.monotonicMs) / 1000;
        entry.bytes = outcome.bytes ?? entry.bytes;
        entry.digest = outcome.digest ?? entry.digest;
        this.#pauses.served(entry.registry, now.monotonicMs);
        this.#refreshes.pulled(reference, now.monotonicMs);
        return this.#move(entry, "warm", now);
      case "cancelled":
      case "same": // nobody has asked for that
        return this.#move(entry, "waiting", now);
      case "failed":
        return this.#failed(entry, outcome.failure, outcome.detail, now);
      default:
        outcome satisfies never;
    }
  }

  /** Takes in that the registry is asked whether the tag of a warm image has moved. */
  beginRefresh(reference: string, now: Moment): void {
    const entry = this.#entries.get(reference);
    if (entry) entry.refreshing = true;
    this.#refreshes.begun(now.monotonicMs);
  }

  /**
   * Takes in how that ended; undefined when nobody wants to know any more. A failure leaves the image
   * as it is: the next check tells whether it still is.
   */
  recordRefresh(reference: string, outcome: PullOutcome, now: Moment): RefreshResult | undefined {
    const entry = this.#entries.get(reference);
    if (!entry?.refreshing) return undefined;
    entry.refreshing = false;
    if (outcome.result === "cancelled") return undefined;
    if (entry.state !== "warm" || outcome.result === "failed") entry.check = "due";
    if (outcome.result === "failed") {
      if (afterFailure(outcome.failure, 1, this.#options).pausesRegistry) {
        this.#pauses.refused(entry.registry, now);
      }
      this.#refreshes.failed(reference, now.monotonicMs);
      return "failed";
    }
    this.#pauses.served(entry.registry, now.monotonicMs);
    this.#refreshes.answered(reference, now.monotonicMs);
    if (outcome.result === "same") return "same";
    const { digest = entry.digest, bytes = entry.bytes } = outcome;
    const hasMoved = entry.digest !== undefined && digest !== entry.digest;
    Object.assign(entry, { digest, bytes });
    if (!hasMoved) return "same";
    entry.since = now;
    this.#version++;
    return "moved";
  }

  /** Images that a check did not find, or whose tag may have moved, for `choosePulls()`. */
  candidates(): PullCandidate[] {
    const candidates: PullCandidate[] = [];
    for (const [reference, entry] of this.#entries) {
      if (entry.check !== "done" || entry.state === "pulling" || entry.refreshing) continue;
      const candidate = pullCandidate(reference, entry);
      const dueAt = this.#refreshes.dueAt(reference);
      if (entry.state !== "warm") candidates.push(candidate);
      else if (dueAt !== undefined) {
        candidates.push({ ...candidate, notBefore: dueAt, refresh: true });
      }
    }
    return candidates;
  }

  /** Repositories of which at least one image is warm. */
  warmRepositories(): Set<string> {
    const repositories = new Set<string>();
    for (const entry of this.#entries.values()) {
      if (entry.state === "warm") repositories.add(entry.repository);
    }
    return repositories;
  }

  /** Registries that asked for a pause, and when it ends. */
  pausedRegistries(): Map<string, number> {
    return this.#pauses.all();
  }

  /** How long the last successful pull of an image took. */
  pullSeconds(reference: string): number | undefined {
    return this.#entries.get(reference)?.pullSeconds;
  }

  /** When an image whose pull failed may be tried again; `undefined` when nothing holds it back. */
  retryAt(reference: string): number | undefined {
    const entry = this.#entries.get(reference);
    const pause = entry && this.#pauses.until(entry.registry);
    return Math.max(entry?.notBefore ?? 0, pause ?? 0) || undefined;
  }

  /** Counts for metrics and log lines. */
  counts(): LedgerCounts {
    return ledgerCounts(this.#entries.values());
  }

  /** Bytes of all warm images as the runtime counts them; layers that they share count with each. */
  warmBytes(): number {
    let bytes = 0;
    for (const entry of this.#entries.values()) {
      if (entry.state === "warm") bytes += entry.bytes ?? 0;
    }
    return bytes;
  }

  /** What the report says of each image; `blockedReason` is why no pull at all may start. */
  report(now: number, blockedReason?: string): Record<string, ImageReport> {
    return Object.fromEntries(
      [...this.#entries].map(([reference, entry]) => {
        const blocked = blockedReason ?? this.#pauses.reason(entry.registry, now);
        return [reference, imageReport(entry, blocked)] as const;
      }),
    );
  }

  #failed(entry: ImageEntry, failure: PullFailure, detail: string, now: Moment): void {
    entry.failures++;
    entry.lastFailure = failure;
    const after = afterFailure(failure, entry.failures, this.#options);
    entry.notBefore = now.monotonicMs + after.waitMs;
    if (after.stale) entry.check = "due";
    if (after.pausesRegistry) this.#pauses.refused(entry.registry, now);
    this.#move(entry, after.state, now, failure, detail);
  }

  #add(reference: string, wanted: WantedValue, now: Moment): void {
    this.#entries.set(reference, newEntry(reference, wanted, now));
    this.#version++;
  }

  #drop(reference: string): void {
    this.#entries.delete(reference);
    this.#version++;
  }

  #move(
    entry: ImageEntry,
    state: ImageEntry["state"],
    now: Moment,
    reason?: PullFailure,
    detail?: string,
  ): void {
    if (entry.state === state && entry.reason === reason && entry.detail === detail) return;
    if (entry.state !== state) entry.since = now;
    if (state === "warm") {
      entry.failures = 0;
      entry.notBefore = 0;
      entry.lastFailure = undefined;
    }
    Object.assign(entry, { state, reason, detail });
    this.#version++;
  }
}
