import {
  givesNewChance,
  type ImageEntry,
  imageReport,
  isMoving,
  moveEntry,
  newEntry,
  pullCandidate,
} from "./image_entry.ts";
import { type LedgerCounts, ledgerCounts } from "./ledger_counts.ts";
import { mayBeBytes } from "../private_images/uses_here.ts";
import type { Moment } from "../moment.ts";
import type { PinCandidate } from "./pin_choice.ts";
import type { Presence } from "./presence.ts";
import { pullCandidates } from "./pull_candidates.ts";
import type { PullCandidate } from "./pull_choice.ts";
import type { PullOutcome } from "./pull_outcome.ts";
import type { PullProgress } from "./pull_progress.ts";
import { afterFailure, type PullSchedule } from "./pull_schedule.ts";
import { isHelpedByBytes, mayLoginMend, stillBytes, takeLogin, takeUses } from "./private_entry.ts";
import { RegistryPauses } from "./registry_pauses.ts";
import { ProgressPace } from "./progress_pace.ts";
import { Removals } from "./removals.ts";
import { TagRefreshes } from "./tag_refreshes.ts";
import { pinCandidates, warmDiskBytes, warmRepositories } from "./warm_images.ts";
import type { ImageReport } from "../bucket/agent_wire.ts";
import type { WantedValue } from "../bucket/wire.ts";

/** Within this time a fleet tries again what has failed everywhere and has a new chance, in ms. */
const NEW_CHANCE_MS = 60_000;

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
  readonly #removals: Removals;
  readonly #progress: ProgressPace;
  #version = 0;

  constructor(options: LedgerOptions) {
    const { schedule, random, refreshEveryMs } = options;
    this.#options = options;
    this.#pauses = new RegistryPauses(schedule.registryPause, random);
    this.#refreshes = new TagRefreshes({ everyMs: refreshEveryMs, retry: schedule.park, random });
    this.#removals = new Removals(schedule.removed, random);
    this.#progress = new ProgressPace(random);
  }

  /** Grows with every change that a report would show. */
  get version(): number {
    return this.#version;
  }

  /**
   * Replaces what is wanted here. What has failed waits on, unless its entry changed in a way that
   * could change the outcome: then it is tried within a minute, as other nodes see the same.
   */
  setWanted(wanted: ReadonlyMap<string, WantedValue>, now: Moment): void {
    for (const reference of this.#entries.keys()) {
      if (!wanted.has(reference)) this.#drop(reference, now);
    }
    for (const [reference, value] of wanted) {
      const entry = this.#entries.get(reference);
      if (!entry) this.#add(reference, value, now);
      else {
        if (givesNewChance(entry.wanted, value)) this.#newChance(entry, now);
        const before = entry.wanted;
        entry.wanted = value;
        if (takeUses(entry, before, () => this.#soon(now))) this.#move(entry, "waiting", now);
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

  /** Makes the next check ask about all images: the runtime has restarted, with or without them. */
  restarted(): void {
    const warm = [...this.#entries].filter(([, { state }]) => state === "warm");
    this.#removals.restarted(warm.map(([reference]) => reference));
    this.markStale();
  }

  /** Takes in what the runtime answered about one image. */
  recordCheck(reference: string, presence: Presence, now: Moment): void {
    const entry = this.#entries.get(reference);
    if (!entry || entry.state === "pulling" || entry.refreshing) return;
    if (entry.check === "asked") entry.check = "done";
    const wasWarm = entry.state === "warm";
    if (presence.state === "usable") {
      entry.bytes = presence.bytes ?? entry.bytes;
      entry.digest = presence.digest ?? entry.digest;
      if (wasWarm) this.#removals.stays(reference, now);
      else this.#removals.returned(reference, now);
      this.#move(entry, "warm", now, { as: presence.as });
    } else if (wasWarm) {
      this.#removals.gone(reference, now);
      this.#move(entry, "waiting", now);
    }
  }

  /** Takes in that a pull of this image begins. */
  beginPull(reference: string, now: Moment): void {
    const entry = this.#entries.get(reference);
    if (entry) this.#move(entry, "pulling", now);
  }

  /** Takes in how far it has come; returns whether the report should say so now. */
  recordProgress(reference: string, progress: PullProgress, now: Moment): boolean {
    const entry = this.#entries.get(reference);
    if (entry?.state !== "pulling") return false;
    const isNews = progress.bytes !== entry.progress?.bytes;
    entry.progress = progress;
    if (!isNews || !this.#progress.isDue(this.#entries.size, now.monotonicMs)) return false;
    this.#version++;
    return true;
  }

  /** Takes in how a pull of this image ended. */
  recordPull(reference: string, outcome: PullOutcome, now: Moment): void {
    const entry = this.#entries.get(reference);
    if (!entry) return;
    // The image was unwanted and is wanted again: this pull is not the entry's.
    if (entry.state !== "pulling") return this.markStale(reference);
    switch (outcome.result) {
      case "pulled":
        entry.direct = outcome.direct;
        entry.pullSeconds = (now.monotonicMs - entry.since.monotonicMs) / 1000;
        entry.bytes = outcome.bytes ?? entry.bytes;
        entry.digest = outcome.digest ?? entry.digest;
        this.#pauses.served(entry.registry, now.monotonicMs);
        this.#refreshes.pulled(reference, now.monotonicMs);
        this.#removals.returned(reference, now);
        return this.#keepAs(entry, outcome.as, now);
      case "cancelled":
      case "same": // nobody has asked for that
        return this.#move(entry, "waiting", now);
      case "failed":
        return this.#failed(entry, outcome, now);
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
      stillBytes(entry, outcome.failure, now.monotonicMs + this.#options.schedule.park.baseMs);
      this.#pauseRegistry(entry, outcome, now);
      this.#refreshes.failed(reference, now.monotonicMs);
      return "failed";
    }
    this.#pauses.served(entry.registry, now.monotonicMs);
    this.#refreshes.answered(reference, now.monotonicMs);
    // Kubelet's image is still what the tag was: it stands for that here, whatever bytes have come.
    const isKubelets = outcome.result === "pulled" && outcome.as === "bytes" &&
      entry.as === undefined;
    if (outcome.result === "same" || isKubelets) return "same";
    const { digest = entry.digest, bytes = entry.bytes } = outcome;
    const hasMoved = entry.digest !== undefined && digest !== entry.digest;
    Object.assign(entry, { digest, bytes, openFrom: undefined });
    if (entry.state === "warm") this.#keepAs(entry, outcome.as, now);
    if (!hasMoved) return "same";
    entry.since = now;
    this.#version++;
    return "moved";
  }

  /** Images that a check did not find, or whose tag may have moved, for `choosePulls()`. */
  candidates(): PullCandidate[] {
    return pullCandidates(this.#entries, {
      refreshes: this.#refreshes,
      removals: this.#removals,
    });
  }

  /** Repositories of which at least one image is warm. */
  warmRepositories(): Set<string> {
    return warmRepositories(this.#entries.values());
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

  /** Disk that all warm images take, in bytes; layers that they share count with each. */
  warmDiskBytes(): number {
    return warmDiskBytes(this.#entries.values());
  }

  /** The private uses of an image that fit this node. */
  usesOf(reference: string): WantedValue["private"] {
    return this.#entries.get(reference)?.wanted.private;
  }

  /** Whether bytes of the image are of use here (`isHelpedByBytes()`). */
  isHelpedByBytes(reference: string): boolean {
    const entry = this.#entries.get(reference);
    return entry !== undefined && isHelpedByBytes(entry);
  }

  /** Images that are warm as bytes. */
  keptAsBytes(): string[] {
    return [...this.#entries].filter(([, { as }]) => as === "bytes").map(([reference]) =>
      reference
    );
  }

  /** The image as far as its urgency goes, for `byUrgency()`; undefined: it is not wanted here. */
  urgencyOf(reference: string): PullCandidate | undefined {
    const entry = this.#entries.get(reference);
    return entry && pullCandidate(reference, entry);
  }

  /**
   * Takes in that logins have come or changed, of one image or of any: what was refused without them
   * is tried again at once, and what is kept as bytes may be open by now.
   */
  loginsChanged(now: Moment, reference?: string): void {
    for (const [key, entry] of this.#entries) {
      if (reference !== undefined && key !== reference) continue;
      if (mayLoginMend(entry.lastFailure)) this.#newChance(entry, now, now.monotonicMs);
      takeLogin(entry, now.monotonicMs);
    }
  }

  /** Warm images, for `choosePins()`. */
  pinCandidates(): PinCandidate[] {
    return pinCandidates(this.#entries);
  }

  /** What is known of an image; undefined: it is not wanted here. */
  look(reference: string): Looked | undefined {
    return this.#entries.get(reference);
  }

  /** Whether the image is wanted here. */
  wants(reference: string): boolean {
    return this.#entries.has(reference);
  }

  /** What the report says of each image; `blockedReason` is why no pull at all may start. */
  report(now: number, blockedReason?: string): Record<string, ImageReport> {
    return Object.fromEntries(
      [...this.#entries].map(([reference, entry]) => {
        const own = this.#removals.reason(reference, now);
        const blocked = blockedReason ?? this.#pauses.reason(entry.registry, now);
        return [reference, imageReport(entry, own, blocked)] as const;
      }),
    );
  }

  #failed(entry: ImageEntry, outcome: FailedPull, now: Moment): void {
    const { failure, detail } = outcome;
    entry.failures++;
    entry.lastFailure = failure;
    entry.direct = outcome.direct;
    const after = afterFailure(failure, entry.failures, this.#options);
    entry.notBefore = now.monotonicMs + after.waitMs;
    if (after.stale) entry.check = "due";
    this.#pauseRegistry(entry, outcome, now);
    const nextTry = Math.max(entry.notBefore, this.#pauses.until(entry.registry) ?? 0);
    entry.nextTryMs = now.wallMs + nextTry - now.monotonicMs;
    this.#move(entry, after.state, now, { reason: failure, detail });
  }

  #pauseRegistry(entry: ImageEntry, { failure, retryAfterMs }: FailedPull, now: Moment): void {
    const { pausesRegistry } = afterFailure(failure, 1, this.#options);
    // Some ask for it with 503.
    if (pausesRegistry || retryAfterMs) this.#pauses.refused(entry.registry, now, retryAfterMs);
  }

  /** Bytes that are kept where they no longer suffice are no warm image. */
  #keepAs(entry: ImageEntry, as: "bytes" | undefined, now: Moment): void {
    if (as === undefined || mayBeBytes(entry.wanted.private)) {
      return this.#move(entry, "warm", now, { as });
    }
    entry.check = "due";
    this.#move(entry, "waiting", now);
  }

  #soon(now: Moment): number {
    return now.monotonicMs + this.#options.random() * NEW_CHANCE_MS;
  }

  #newChance(entry: ImageEntry, now: Moment, at = this.#soon(now)): void {
    entry.notBefore = Math.min(entry.notBefore, at);
    entry.nextTryMs = now.wallMs + entry.notBefore - now.monotonicMs;
    entry.failures = 0;
  }

  #add(reference: string, wanted: WantedValue, now: Moment): void {
    this.#entries.set(reference, newEntry(reference, wanted, now));
    this.#version++;
  }

  #drop(reference: string, now: Moment): void {
    this.#entries.delete(reference);
    this.#removals.unwanted(reference, now);
    this.#version++;
  }

  #move(
    entry: ImageEntry,
    state: ImageEntry["state"],
    now: Moment,
    more: Pick<ImageEntry, "reason" | "detail" | "as"> = {},
  ): void {
    if (moveEntry(entry, state, now, more)) this.#version++;
  }
}

type Looked = Pick<
  ImageEntry,
  "state" | "as" | "since" | "reason" | "bytes" | "digest" | "pullSeconds"
>;

type FailedPull = Extract<PullOutcome, { readonly result: "failed" }>;
