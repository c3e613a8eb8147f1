import type { Clock } from "../ports/clock.ts";
import type { Logger } from "../ports/logger.ts";
import type { Metrics } from "../ports/metrics.ts";
import type { StateStore, StoreChange } from "../ports/state_store.ts";
import { writtenAt } from "../pure/bucket/agent_states.ts";
import { decodeBeat, decodePart, decodeReport } from "../pure/bucket/agent_wire.ts";
import { type AgentKey, AgentsSeen } from "../pure/bucket/agents_seen.ts";
import { ImageSizes } from "../pure/bucket/image_sizes.ts";
import { parseStateKey, type StateKey, wantedKey } from "../pure/bucket/state_keys.ts";
import { decodeWanted } from "../pure/bucket/wire.ts";
import { momentOf } from "../pure/moment.ts";

/** What a controller follows, beside `meta`; parts of what is wanted come with `wanted`. */
const FOLLOWED = ["node", "wanted", "why", "report", "part", "beat"] as const;

/** What `BucketView` works with. */
export interface BucketViewDeps {
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly clock: Clock;
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
  }

  /** False until the bucket has been read once, and while it is read again after a reset. */
  get synced(): boolean {
    return this.#syncedAt !== undefined;
  }

  /** When the bucket had been read; monotonic, in ms. */
  get syncedAt(): number {
    return this.#syncedAt ?? this.#deps.clock.monotonicMs();
  }

  /** Values of `meta`, `node.*`, `wanted.*` and `why.*`, by key. */
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
    const filters = ["meta", ...FOLLOWED.map((type) => `${type}.>`)];
    for await (const change of store.follow(filters, { signal: options.signal })) {
      const differs = this.#apply(change);
      if (change.type === "synced") options.changed("bucket read");
      else if (differs && this.synced) options.changed("bucket changed");
    }
  }

  /** Records a write of this controller at once, so that its echo is no change. */
  wrote(key: string, value: string | undefined): void {
    if (value === undefined) this.#forget(key);
    else this.#held.set(key, value);
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
        return false;
      case "put":
        return this.#put(change.key, change.value);
      case "delete":
        return this.#forget(change.key);
      case "synced":
        this.#syncedAt = this.#deps.clock.monotonicMs();
        return true;
      default:
        return change satisfies never;
    }
  }

  #put(key: string, value: string): boolean {
    const parsed = parseStateKey(key);
    if (isAgents(parsed)) return this.#putAgents(key, parsed, value);
    if (this.#held.get(key) === value) return false;
    if (parsed?.type === "wanted") this.#keepSize(value);
    this.#held.set(key, value);
    return true;
  }

  #keepSize(text: string): void {
    const decoded = decodeWanted(text);
    if (!("value" in decoded)) return; // the next pass overwrites it
    const { reference, sizeBytes } = decoded.value;
    if (sizeBytes !== undefined) this.#sizes.stored(reference, sizeBytes);
  }

  #putAgents(key: string, parsed: AgentKey, text: string): boolean {
    const decoded = DECODERS[parsed.type](text);
    if ("fault" in decoded) {
      this.#deps.metrics.count("warm_images_store_unreadable_total");
      this.#deps.logger.warn(`Skipped an unreadable ${parsed.type}`, { key, fault: decoded.fault });
      return false;
    }
    const { at, images, parts } = decoded.value;
    const now = momentOf(this.#deps.clock);
    const seenAt = this.synced ? now.monotonicMs : writtenAt(at, now);
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
    if (!isAgents(parsed)) return this.#held.delete(key);
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

type Read = (text: string) => { readonly value: Piece } | { readonly fault: string };

const DECODERS: Readonly<Record<AgentKey["type"], Read>> = {
  beat: (text) => {
    const decoded = decodeBeat(text);
    return "fault" in decoded ? decoded : { value: { at: decoded.value.at, parts: 1 } };
  },
  report: (text) => {
    const decoded = decodeReport(text);
    return "fault" in decoded ? decoded : { value: { parts: 1, ...decoded.value } };
  },
  part: (text) => {
    const decoded = decodePart(text);
    return "fault" in decoded ? decoded : { value: { parts: 1, ...decoded.value } };
  },
};

function isAgents(parsed: StateKey | undefined): parsed is AgentKey {
  return parsed?.type === "beat" || parsed?.type === "report" || parsed?.type === "part";
}
