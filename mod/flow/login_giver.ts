import { delay, pause } from "../async/delay.ts";
import { runAll } from "../async/run_all.ts";
import { WakeSignal } from "../async/wake_signal.ts";
import type { Leadership } from "../ports/leadership.ts";
import type { SealingKeys } from "../ports/sealing.ts";
import type { ShownFleet } from "../ports/shown_fleet.ts";
import type { StateStore, StoreChange } from "../ports/state_store.ts";
import {
  NODE_KEY_PREFIX,
  nodeKeyKey,
  nodeOfKeyKey,
  SEALED_PREFIX,
  SEALER_KEY,
} from "../pure/bucket/sealed_keys.ts";
import { decodeSealed, type SealedValue, type SealerValue } from "../pure/bucket/sealed_wire.ts";
import { inBatches } from "../pure/in_batches.ts";
import { messageOf } from "../pure/message_of.ts";
import type { ObservedNode } from "../pure/objects/observed.ts";
import { type PullSecret, secretName } from "../pure/private_images/private_use.ts";
import { boundTo } from "../pure/sealed_logins/bound_to.ts";
import { lackedImages } from "../pure/sealed_logins/lacked_images.ts";
import {
  type LoginWish,
  loginWishes,
  privateImages,
  withinMost,
} from "../pure/sealed_logins/login_wishes.ts";
import { loginsText } from "../pure/sealed_logins/plain_logins.ts";
import type { WantedSet } from "../pure/wants/wanted_set.ts";
import { type NodeKey, NodeKeys, type NodeKeysDeps } from "./node_keys.ts";
import { RareWarnings } from "./rare_warnings.ts";
import { SecretReader, type SecretReaderDeps } from "./secret_reader.ts";

/** How long a login counts that was given, in ms; it is given anew while it is needed. */
const LIFETIME_MS = 10 * 60_000;
/** What happens is collected for so long, and for this many times as long as a look took, in ms. */
const GATHER_MS = 500;
const QUIET_PER_LOOK = 10;
/** Logins are looked at at least so often, in ms, as Secrets change and times end. */
const LOOK_MS = 30_000;
/** Most logins that are given at a time: some 15 MB of the bucket. */
const MOST_GIVEN = 10_000;
/** After so many nodes others have their turn: the health endpoint, and passes over all objects. */
const NODES_AT_ONCE = 200;

/** What `LoginGiver` works with. */
export interface LoginGiverDeps extends NodeKeysDeps, SecretReaderDeps {
  readonly store: StateStore;
  readonly leadership: Leadership;
  readonly shown: Pick<ShownFleet, "fleet" | "synced" | "onChange">;
  /** Whether everything that is wanted has room in the bucket. */
  readonly hasRoom: () => boolean;
}

/** What may be given, and to whom. */
export interface LoginGiverRules {
  readonly pullSecrets: readonly PullSecret[];
  readonly nodeKeys: readonly { readonly node: string; readonly fingerprint: string }[];
}

/** What a pass over all objects has found out. */
interface SeenWants {
  readonly nodes: readonly ObservedNode[];
  readonly set: Pick<WantedSet, "images">;
}

/**
 * While this controller leads, gives nodes the logins of images that they should have and lack: those
 * of Secrets which the administrator lists and pods of namespaces name that opted in, encrypted to a
 * key that is proven to be that node's. What is not needed any more is taken away.
 */
export class LoginGiver {
  readonly #deps: LoginGiverDeps;
  readonly #rules: LoginGiverRules;
  readonly #allowed: ReadonlySet<string>;
  readonly #reader: SecretReader;
  readonly #warnings: RareWarnings;
  readonly #wake = new WakeSignal();
  readonly #given = new Map<string, SealedValue | undefined>();
  /** What lies under `sealer`. */
  #sealer: string | undefined;
  #isRead = false;
  #seen: SeenWants | undefined;

  constructor(deps: LoginGiverDeps, rules: LoginGiverRules) {
    this.#deps = deps;
    this.#rules = rules;
    this.#allowed = new Set(rules.pullSecrets.map(secretName));
    this.#reader = new SecretReader(deps);
    this.#warnings = new RareWarnings(deps);
  }

  /** Takes in a pass over all objects, once these have been read. */
  take(seen: SeenWants): void {
    this.#seen = seen;
    this.#wake.ring();
  }

  /** Has logins looked at soon: who leads may have changed. */
  wake(): void {
    this.#wake.ring();
  }

  /** Gives logins until `signal` aborts. */
  async keep(signal: AbortSignal): Promise<void> {
    using _listening = this.#deps.shown.onChange(() => this.#wake.ring());
    const own = await this.#deps.sealing.newKeys();
    const keys = new NodeKeys(this.#deps, own, this.#rules.nodeKeys);
    await runAll(signal, [
      (signal) => this.#follow(keys, signal),
      (signal) => this.#give({ own, keys }, signal),
    ]);
  }

  async #follow(keys: NodeKeys, signal: AbortSignal): Promise<void> {
    const filters = [SEALER_KEY, `${NODE_KEY_PREFIX}>`, `${SEALED_PREFIX}>`];
    for await (const change of this.#deps.store.follow(filters, { signal })) {
      this.#apply(change, keys);
      if (this.#isRead) this.#wake.ring();
    }
  }

  #apply(change: StoreChange, keys: NodeKeys): void {
    switch (change.type) {
      case "reset":
        this.#isRead = false;
        this.#sealer = undefined;
        this.#given.clear();
        return keys.clear();
      case "synced":
        this.#isRead = true;
        return;
      case "put":
      case "delete": {
        const text = change.type === "put" ? change.value : undefined;
        const node = nodeOfKeyKey(change.key);
        if (change.key === SEALER_KEY) this.#sealer = text;
        else if (node !== undefined) keys.put(node, text);
        else if (text === undefined) this.#given.delete(change.key);
        else this.#given.set(change.key, valueOf(text));
        return;
      }
      default:
        change satisfies never;
    }
  }

  async #give(own: Own, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#wake.wait({ ms: LOOK_MS, signal });
      if (signal.aborted) return;
      const startedMs = this.#deps.clock.monotonicMs();
      try {
        await this.#look(own, signal);
      } catch (error) {
        if (signal.aborted) return;
        this.#warnings.warn("Could not give logins to nodes", { reason: messageOf(error) });
      }
      const tookMs = this.#deps.clock.monotonicMs() - startedMs;
      // What took longer than that was waiting for others, which costs nothing.
      await pause(Math.min(Math.max(GATHER_MS, QUIET_PER_LOOK * tookMs), LOOK_MS), signal);
    }
  }

  async #look({ own, keys }: Own, signal: AbortSignal): Promise<void> {
    const { leadership, shown, store, metrics, hasRoom } = this.#deps;
    if (!leadership.leading() || !this.#isRead || !shown.synced || !this.#seen) return;
    const sealer: SealerValue = { v: 1, publicKey: own.publicKey };
    const text = JSON.stringify(sealer);
    if (this.#sealer !== text) {
      await store.put(SEALER_KEY, text, { signal });
      this.#sealer = text;
    }
    await keys.prove(signal);
    const wishes = await this.#wishes(this.#seen, keys, signal);
    this.#reader.keepOnly(new Set([...wishes.values()].map(({ secret }) => secretName(secret))));
    // First of all, so that what keeps others from being given keeps none in the bucket.
    for (const key of [...this.#given.keys()]) {
      if (!wishes.has(key)) await this.#takeBack(key, signal);
    }
    for (const [key, wish] of wishes) {
      if (!leadership.leading()) return;
      const given = this.#given.get(key);
      if (given === undefined && !hasRoom()) continue;
      const value = await this.#valueFor(wish, given, signal);
      if (value === undefined) {
        if (this.#given.has(key)) await this.#takeBack(key, signal);
      } else if (value !== given) {
        await store.put(key, JSON.stringify(value), { signal });
        this.#given.set(key, value);
      }
    }
    metrics.gauge("warm_images_given_logins", this.#given.size);
    await this.#sweep(keys, this.#seen.nodes, signal);
  }

  async #takeBack(key: string, signal: AbortSignal): Promise<void> {
    await this.#deps.store.delete(key, { signal });
    this.#given.delete(key);
  }

  /** Takes away what nodes have shown that are gone; where none is known, nothing is known of them. */
  async #sweep(
    keys: NodeKeys,
    nodes: readonly ObservedNode[],
    signal: AbortSignal,
  ): Promise<void> {
    if (nodes.length === 0) return;
    const known = new Set(nodes.map(({ name }) => name));
    for (const name of keys.names()) {
      if (known.has(name)) continue;
      await this.#deps.store.delete(nodeKeyKey(name), { signal });
      keys.put(name, undefined);
    }
  }

  /** By key of the bucket. */
  async #wishes(
    { nodes, set }: SeenWants,
    keys: NodeKeys,
    signal: AbortSignal,
  ): Promise<Map<string, Wish>> {
    const images = privateImages(
      set.images.values(),
      (secret) => this.#allowed.has(secretName(secret)),
    );
    const references = new Set(images.map(({ reference }) => reference));
    const ofNodes: Wish[][] = [];
    for (const some of inBatches(images.length > 0 ? nodes : [], NODES_AT_ONCE)) {
      for (const node of some) {
        const to = keys.of(node);
        if (to === undefined) continue;
        const wishes = loginWishes(images, node, this.#lacked(node, references));
        if (wishes.length > 0) ofNodes.push(wishes.map((wish) => ({ ...wish, to, uid: node.uid })));
      }
      await delay(0, { signal });
    }
    return new Map(withinMost(ofNodes, MOST_GIVEN).map((wish) => [wish.key, wish]));
  }

  /** By the report that its agent made for this very Node. */
  #lacked({ name, uid }: ObservedNode, images: ReadonlySet<string>): ReadonlyMap<string, number> {
    const node = this.#deps.shown.fleet.nodes.get(name);
    return node?.report?.nodeUid === uid ? lackedImages(node, images) : new Map();
  }

  /** The value that is there, where it still counts; undefined: there is no login. */
  async #valueFor(
    wish: Wish,
    given: SealedValue | undefined,
    signal: AbortSignal,
  ): Promise<SealedValue | undefined> {
    const { image, secret, to } = wish;
    const found = await this.#reader.logins(secret, image, signal);
    if (found === "none") return undefined;
    const nowMs = this.#deps.serverClock.wallMs();
    const countsForMs = given?.to === to.fingerprint ? Date.parse(given.expires) - nowMs : 0;
    // An API server that is away for a while takes no login from who pulls by it.
    if (found === "unknown") return countsForMs > 0 ? given : undefined;
    const { version, logins } = found;
    if (given?.version === version && countsForMs > LIFETIME_MS / 2) return given;
    const { namespace, name } = secret;
    const about = {
      image,
      namespace,
      secret: name,
      version,
      at: new Date(nowMs).toISOString(),
      expires: new Date(nowMs + LIFETIME_MS).toISOString(),
    };
    const bound = boundTo({ name: wish.node, uid: wish.uid }, about);
    const box = await this.#deps.sealing.seal(to.publicKey, loginsText(logins), bound);
    return { v: 1, ...about, to: to.fingerprint, box };
  }
}

interface Own {
  readonly own: SealingKeys;
  readonly keys: NodeKeys;
}

interface Wish extends LoginWish {
  readonly to: NodeKey;
  readonly uid: string;
}

/** What cannot be read is as good as not there, and replaced or taken away. */
function valueOf(text: string): SealedValue | undefined {
  const decoded = decodeSealed(text);
  return "value" in decoded ? decoded.value : undefined;
}
