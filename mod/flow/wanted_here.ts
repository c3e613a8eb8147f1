import type { Conditions } from "../ports/conditions.ts";
import type { Logger } from "../ports/logger.ts";
import type { Metrics } from "../ports/metrics.ts";
import type { StateStore, StoreChange } from "../ports/state_store.ts";
import { usesHere } from "../pure/private_images/uses_here.ts";
import type { ObservedNode } from "../pure/objects/observed.ts";
import { META_KEY, nodeKey, parseStateKey, UNINSTALL_KEY } from "../pure/bucket/state_keys.ts";
import { decodeUninstallOrder, type UninstallOrder } from "../pure/bucket/uninstall_order.ts";
import type { Decoded } from "../pure/bucket/decode.ts";
import { WantedValues } from "../pure/bucket/wanted_values.ts";
import {
  decodeMeta,
  decodeNode,
  decodeWanted,
  decodeWhere,
  type MetaValue,
  type NodeValue,
  type WantedValue,
} from "../pure/bucket/wire.ts";

/** What `WantedHere` works with. */
export interface WantedHereDeps {
  readonly store: StateStore;
  readonly logger: Logger;
  readonly conditions: Conditions;
  readonly metrics: Metrics;
}

/** What a controller has by default, in ms. */
const FORGET_AFTER_MS = 3_600_000;

/** The part of the bucket that one agent follows, and what of it concerns this node. */
export class WantedHere {
  readonly #deps: WantedHereDeps;
  readonly #self: ObservedNode;
  /** `undefined` until the bucket has been read once. */
  #held: Holding | undefined;
  /** After a reset the bucket is read into this; what was known stays valid until all is read. */
  #arriving: Holding | undefined;

  /** `self` is what the agent itself knows of its node: used where manifests name no nodes. */
  constructor(deps: WantedHereDeps, self: ObservedNode) {
    this.#deps = deps;
    this.#self = self;
    deps.conditions.set("synced", false, "Has not read the bucket yet");
  }

  /** Whether the bucket has been read once. */
  get synced(): boolean {
    return this.#held !== undefined;
  }

  /**
   * Whether the controller reads this type of key; one of version 0.1.0 reads reports alone. While
   * no controller has written the bucket, the next one may.
   */
  controllerReads(type: "beat" | "part"): boolean {
    const meta = this.#held?.meta;
    return meta === undefined || (meta.reads ?? []).includes(type);
  }

  /**
   * How long what is unwanted here is to be kept at least, in ms. Where nothing is wanted on any node
   * somebody may have emptied the bucket: then as long as the controller forgets nothing.
   */
  get leastGraceMs(): number {
    const { meta, wanted } = this.#held ?? {};
    return wanted?.size === 0 ? meta?.rules?.forgetAfterMs ?? FORGET_AFTER_MS : 0;
  }

  /** Follows the bucket until `signal` aborts; calls `changed` when `wanted()` may differ. */
  async follow(
    options: { readonly signal: AbortSignal; readonly changed: (cause: string) => void },
  ): Promise<void> {
    const filters = [nodeKey(this.#self.name), "wanted.>"];
    const how = { signal: options.signal, looked: [META_KEY] };
    for await (const change of this.#deps.store.follow(filters, how)) {
      const isNews = this.#held?.node === undefined;
      this.#apply(change);
      if (change.type === "synced") options.changed("bucket read");
      else if (isNews && this.#held?.node !== undefined) options.changed("node known");
      else if (this.#held && !this.#arriving) options.changed("bucket changed");
    }
  }

  /** What the bucket says of this node, as far as it is known. */
  get node(): NodeValue | undefined {
    return this.#held?.node;
  }

  /**
   * What this node should have, by canonical reference, each with the private uses of pods that may
   * run here. `undefined` while that is not known: the
   * bucket has not been read yet, or it lacks the facts of this node.
   */
  wanted(): ReadonlyMap<string, WantedValue> | undefined {
    if (!this.#held) return undefined;
    const node = this.#facts(this.#held);
    if (node === undefined) return undefined;
    const wanted = this.#held.wanted.on(node);
    const { order } = this.#held;
    for (const [reference, value] of wanted) {
      if (value.private === undefined) continue;
      const uses = usesHere(value.private, node)
        .filter(({ mode }) => order === undefined || mode !== "bytes");
      wanted.set(reference, { ...value, private: uses });
    }
    return wanted;
  }

  /** The order to give up all bytes; while there is one, none are wanted. */
  get order(): UninstallOrder | undefined {
    return this.#held?.order;
  }

  /** The node as the scheduler knows it; where manifests name no nodes, as the agent does. */
  #facts({ meta, node }: Holding): ObservedNode | undefined {
    const { conditions } = this.#deps;
    if (!meta) {
      conditions.set("node", false, "Waits for a controller to write the bucket");
      return undefined;
    }
    const facts = node ?? (meta.source === "manifests" ? this.#self : undefined);
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
        this.#deps.logger.debug("Reading the bucket from the start", { reason: change.reason });
        this.#arriving = { wanted: new WantedValues() };
        return;
      case "put":
        return this.#put(change.key, change.value);
      case "delete":
        return this.#delete(change.key);
      case "synced":
        this.#held = this.#arriving ?? this.#held ?? { wanted: new WantedValues() };
        this.#arriving = undefined;
        this.#deps.conditions.set("synced", true);
        this.#deps.logger.info("Bucket read", { wanted: this.#held.wanted.size });
        return;
      default:
        change satisfies never;
    }
  }

  #put(key: string, text: string): void {
    const stateKey = parseStateKey(key);
    const into = this.#arriving ?? this.#held;
    if (into && key === UNINSTALL_KEY) {
      into.order = this.#read(key, decodeUninstallOrder(text)) ?? this.#held?.order;
    }
    if (!stateKey || !into) return;
    // A value that cannot be read leaves the last known one in force.
    if (stateKey.type === "meta") into.meta = this.#read(key, decodeMeta(text)) ?? this.#held?.meta;
    if (stateKey.type === "node") into.node = this.#read(key, decodeNode(text)) ?? this.#held?.node;
    if (stateKey.type === "wanted") {
      const value = this.#read(key, sameImage(stateKey.name, decodeWanted(text))) ??
        this.#held?.wanted.image(stateKey.name);
      if (value) into.wanted.putImage(value);
    }
    if (stateKey.type === "where") {
      const { part, name } = stateKey;
      const value = this.#read(key, sameImage(name, decodeWhere(text))) ??
        this.#held?.wanted.part(part, name);
      if (value) into.wanted.putPart(part, value);
    }
  }

  #delete(key: string): void {
    const stateKey = parseStateKey(key);
    const from = this.#arriving ?? this.#held;
    if (from && key === UNINSTALL_KEY) from.order = undefined;
    if (!stateKey || !from) return;
    if (stateKey.type === "meta") from.meta = undefined;
    if (stateKey.type === "node") from.node = undefined;
    if (stateKey.type === "wanted") from.wanted.deleteImage(stateKey.name);
    if (stateKey.type === "where") from.wanted.deletePart(stateKey.part, stateKey.name);
  }

  #read<T>(key: string, decoded: Decoded<T>): T | undefined {
    if ("value" in decoded) return decoded.value;
    this.#deps.metrics.count("warm_images_store_unreadable_total");
    this.#deps.logger.warn("Skipped an unreadable value in the bucket", {
      key,
      fault: decoded.fault,
    });
    return undefined;
  }
}

/** The part of the bucket that concerns this node. */
interface Holding {
  meta?: MetaValue | undefined;
  node?: NodeValue | undefined;
  order?: UninstallOrder | undefined;
  readonly wanted: WantedValues;
}

/** A value under the key of another image would be pulled, and its deletion never be seen. */
function sameImage<T extends { readonly reference: string }>(
  name: string,
  decoded: Decoded<T>,
): Decoded<T> {
  if ("fault" in decoded || decoded.value.reference === name) return decoded;
  return { fault: `reference: "${decoded.value.reference}" does not belong to this key` };
}
