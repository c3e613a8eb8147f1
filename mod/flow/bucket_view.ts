import type { Clock } from "../ports/clock.ts";
import type { Logger } from "../ports/logger.ts";
import type { Metrics } from "../ports/metrics.ts";
import type { StateStore, StoreChange } from "../ports/state_store.ts";
import { writtenAt } from "../pure/bucket/agent_states.ts";
import { type AgentKey, AgentsSeen, isAgentKey } from "../pure/bucket/agents_seen.ts";
import { ImageSizes } from "../pure/bucket/image_sizes.ts";
import {
  BENEFIT_KEY,
  META_KEY,
  parseStateKey,
  type StateKey,
  wantedKey,
} from "../pure/bucket/state_keys.ts";
import type { WantedValue } from "../pure/bucket/wire.ts";
import { momentOf } from "../pure/moment.ts";
import { type AgentValue, decodeAgentValue, decodeShown } from "../pure/fleet/shown_value.ts";
import type { ShownBucket } from "./shown_bucket.ts";

/** What a controller follows beside single keys; parts of what is wanted come with `wanted`. */
const FOLLOWED = ["node", "wanted", "why", "report", "part", "beat"] as const;

/** What `BucketView` works with. */
export interface BucketViewDeps {
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly clock: Clock;
  /** Gets all that is shown to people; absent: nobody is, and nothing is kept for it. */
  readonly shown?: ShownBucket | undefined;
}

/**
 * The controller's copy of the bucket; `follow()` keeps it up to date. Of what agents write it keeps
 * what is used alone: 5,000 reports of 500 images would take 300 MB.
 */
export class BucketView {
  readonly #deps: BucketViewDeps;
  readonly #held = new Map<string, string>();
  readonly #agents = new AgentsSeen();
  readonly #sizes = new ImageSizes();
  #syncedAt: number | undefined;

  constructor(deps: BucketViewDeps) {
    this.#deps = deps;
    deps.shown?.filledBy(this);
  }

  /** False until the bucket has been read once, and while it is read again after a reset. */
  get synced(): boolean {
    return this.#syncedAt !== undefined;
  }

  /** When the bucket had been read; monotonic, in ms. */
  get syncedAt(): number {
    return this.#syncedAt ?? this.#deps.clock.monotonicMs();
  }

  /** Values of `meta`, `benefit`, `node.*`, `wanted.*` and `why.*`, by key. */
  get held(): ReadonlyMap<string, string> {
    return this.#held;
  }

  /** What agents have written. */
  get agents(): AgentsSeen {
    return this.#agents;
  }

  /** Bytes of each image that some node has reported. */
  get sizes(): ImageSizes {
    return this.#sizes;
  }

  /** Follows the bucket until `signal` aborts; calls `changed` when a pass may be due. */
  async follow(
    store: StateStore,
    options: { readonly signal: AbortSignal; readonly changed: (cause: string) => void },
  ): Promise<void> {
    const filters = [META_KEY, BENEFIT_KEY, ...FOLLOWED.map((type) => `${type}.>`)];
    for await (const change of store.follow(filters, { signal: options.signal })) {
      const differs = this.#apply(change);
      if (change.type === "synced") options.changed("bucket read");
      else if (differs && this.synced) options.changed("bucket changed");
    }
  }

  /** Records a write of this controller at once, so that its echo is no change. */
  wrote(key: string, value: string | undefined): void {
    if (value === undefined) this.#forget(key);
    else if (this.#deps.shown === undefined) this.#held.set(key, value);
    else this.#hold(key, parseStateKey(key), value);
  }

  /** Forgets sizes of images that are neither wanted nor in the bucket. */
  forgetSizes(isWanted: (reference: string) => boolean): void {
    this.#sizes.prune((reference) => isWanted(reference) || this.#held.has(wantedKey(reference)));
  }

  #apply(change: StoreChange): boolean {
    switch (change.type) {
      case "reset":
        this.#syncedAt = undefined;
        this.#held.clear();
        this.#agents.clear();
        this.#countAgents();
        this.#deps.shown?.clear();
        return false;
      case "put":
        return this.#put(change.key, change.value);
      case "delete":
        return this.#forget(change.key);
      case "synced":
        this.#syncedAt = this.#deps.clock.monotonicMs();
        this.#deps.shown?.changed();
        return true;
      default:
        return change satisfies never;
    }
  }

  #put(key: string, value: string): boolean {
    const parsed = parseStateKey(key);
    if (parsed && isAgentKey(parsed)) return this.#putAgents(key, parsed, value);
    if (this.#held.get(key) === value) return false;
    const wanted = this.#hold(key, parsed, value);
    if (wanted?.sizeBytes !== undefined) this.#sizes.stored(wanted.reference, wanted.sizeBytes);
    return true;
  }

  /** Keeps a value that controllers write; returns what is wanted by it, where it can be read. */
  #hold(key: string, parsed: StateKey | undefined, text: string): WantedValue | undefined {
    this.#held.set(key, text);
    const { shown } = this.#deps;
    const isRead = parsed !== undefined && (parsed.type === "wanted" || shown !== undefined);
    const decoded = isRead ? decodeShown(parsed, text) : undefined;
    if (decoded === undefined) shown?.changed();
    if (decoded === undefined || "fault" in decoded) return undefined; // the next pass overwrites it
    shown?.put(decoded, this.#deps.clock.monotonicMs());
    return decoded.type === "wanted" ? decoded.value : undefined;
  }

  #putAgents(key: string, parsed: AgentKey, text: string): boolean {
    const decoded = decodeAgentValue(parsed, text);
    if ("fault" in decoded) {
      this.#deps.metrics.count("warm_images_store_unreadable_total");
      this.#deps.logger.warn(`Skipped an unreadable ${parsed.type}`, { key, fault: decoded.fault });
      return false;
    }
    const { at, images, parts }: Piece = pieceOf(decoded);
    const now = momentOf(this.#deps.clock);
    const seenAt = this.synced ? now.monotonicMs : writtenAt(at, now);
    this.#deps.shown?.put(decoded, seenAt);
    if (images === undefined) {
      this.#agents.put(parsed, seenAt);
      return false;
    }
    const { warm, learned } = this.#learn(images);
    this.#agents.put(parsed, seenAt, { at, warm, parts });
    this.#countAgents();
    return learned;
  }

  #learn(images: Piece["images"] = {}): { warm: number; learned: boolean } {
    let [warm, learned] = [0, false];
    for (const [reference, { state, bytes }] of Object.entries(images)) {
      if (state !== "warm") continue;
      warm++;
      if (bytes === undefined || !this.#sizes.reported(reference, bytes)) continue;
      learned ||= this.#held.has(wantedKey(reference));
    }
    return { warm, learned };
  }

  /** Reports come too often for a pass after each, so their metrics are set here. */
  #countAgents(): void {
    this.#deps.metrics.gauge("warm_images_warm", this.#agents.warm);
    this.#deps.metrics.gauge("warm_images_reports", this.#agents.reports);
  }

  #forget(key: string): boolean {
    const parsed = parseStateKey(key);
    if (parsed !== undefined) this.#deps.shown?.delete(parsed);
    if (parsed === undefined || !isAgentKey(parsed)) return this.#held.delete(key);
    const known = this.#agents.delete(parsed);
    this.#countAgents();
    return known;
  }
}

/** What of an agent's value is looked at; a beat has no images. */
interface Piece {
  readonly at: string;
  readonly parts: number;
  readonly images?: Readonly<
    Record<string, { readonly state: string; readonly bytes?: number | undefined }>
  >;
}

function pieceOf(read: AgentValue): Piece {
  if (read.type === "beat") return { at: read.value.at, parts: 1 };
  return { parts: 1, ...read.value };
}
