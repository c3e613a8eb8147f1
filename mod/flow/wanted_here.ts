import type { Conditions } from "../ports/conditions.ts";
import type { Logger } from "../ports/logger.ts";
import type { Metrics } from "../ports/metrics.ts";
import type { StateStore, StoreChange } from "../ports/state_store.ts";
import { mayRun } from "../pure/eligibility.ts";
import type { ObservedNode } from "../pure/observed.ts";
import { META_KEY, nodeKey, parseStateKey } from "../pure/state_keys.ts";
import {
  type Decoded,
  decodeMeta,
  decodeNode,
  decodeWanted,
  type MetaValue,
  type WantedValue,
} from "../pure/wire.ts";

/** What `WantedHere` works with. */
export interface WantedHereParts {
  readonly store: StateStore;
  readonly logger: Logger;
  readonly conditions: Conditions;
  readonly metrics: Metrics;
}

/** The part of the bucket that one agent follows, and what of it concerns this node. */
export class WantedHere {
  readonly #parts: WantedHereParts;
  readonly #self: ObservedNode;
  #synced = false;
  #meta: MetaValue | undefined;
  #node: ObservedNode | undefined;
  #wanted = new Map<string, WantedValue>();
  /** After a reset the bucket is read into here; what was known stays valid until all is read. */
  #arriving: Map<string, WantedValue> | undefined;

  /** `self` is what the agent knows of its own node; used with source `manifests`. */
  constructor(parts: WantedHereParts, self: ObservedNode) {
    this.#parts = parts;
    this.#self = self;
    parts.conditions.set("synced", false, "Has not read the bucket yet");
  }

  /** Follows the bucket until `signal` aborts; calls `changed` when `wanted()` may differ. */
  async follow(
    options: { readonly signal: AbortSignal; readonly changed: (cause: string) => void },
  ): Promise<void> {
    const filters = [META_KEY, nodeKey(this.#self.name), "wanted.>"];
    for await (const change of this.#parts.store.follow(filters, { signal: options.signal })) {
      this.#apply(change);
      if (change.type === "synced") options.changed("bucket read");
      else if (this.#synced && !this.#arriving) options.changed("bucket changed");
    }
  }

  /**
   * What this node should have, by canonical reference. `undefined` while that is not known: the
   * bucket was not read yet, or the facts of this node are missing.
   */
  wanted(): ReadonlyMap<string, WantedValue> | undefined {
    if (!this.#synced) return undefined;
    const node = this.#facts();
    if (!node) return undefined;
    return new Map(
      [...this.#wanted].filter(([, { placements }]) =>
        placements.some((placement) => mayRun(placement, node))
      ),
    );
  }

  /** The node as the scheduler knows it; with manifests that name no nodes, as the agent knows it. */
  #facts(): ObservedNode | undefined {
    const { conditions } = this.#parts;
    if (!this.#meta) {
      conditions.set("node", false, "Waits for a controller to write the bucket");
      return undefined;
    }
    const facts = this.#node ?? (this.#meta.source === "manifests" ? this.#self : undefined);
    if (facts) conditions.set("node", true);
    else {
      conditions.set(
        "node",
        false,
        `Waits for the facts of node "${this.#self.name}": is this the name that ` +
          "`kubectl get nodes` shows? Else set --node-name (NODE_NAME)",
      );
    }
    return facts;
  }

  #apply(change: StoreChange): void {
    switch (change.type) {
      case "reset":
        this.#parts.logger.debug("Reads the bucket from the start", { reason: change.reason });
        this.#arriving = new Map();
        return;
      case "put":
        return this.#put(change.key, change.value);
      case "delete":
        return this.#delete(change.key);
      case "synced":
        this.#wanted = this.#arriving ?? this.#wanted;
        this.#arriving = undefined;
        this.#synced = true;
        this.#parts.conditions.set("synced", true);
        this.#parts.logger.info("Bucket read", { wanted: this.#wanted.size });
        return;
      default:
        change satisfies never;
    }
  }

  #put(key: string, text: string): void {
    const stateKey = parseStateKey(key);
    if (stateKey?.type === "meta") this.#meta = this.#read(key, decodeMeta(text)) ?? this.#meta;
    if (stateKey?.type === "node") this.#node = this.#read(key, decodeNode(text)) ?? this.#node;
    if (stateKey?.type !== "wanted") return;
    const value = this.#read(key, decodeWanted(text));
    if (value) (this.#arriving ?? this.#wanted).set(value.reference, value);
  }

  #delete(key: string): void {
    const stateKey = parseStateKey(key);
    if (stateKey?.type === "meta") this.#meta = undefined;
    if (stateKey?.type === "node") this.#node = undefined;
    if (stateKey?.type === "wanted") (this.#arriving ?? this.#wanted).delete(stateKey.name);
  }

  #read<T>(key: string, decoded: Decoded<T>): T | undefined {
    if ("value" in decoded) return decoded.value;
    this.#parts.metrics.count("warm_images_store_unreadable_total");
    this.#parts.logger.warn("Skipped an unreadable value in the bucket", {
      key,
      fault: decoded.fault,
    });
    return undefined;
  }
}
