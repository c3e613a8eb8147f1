import { pause } from "../async/delay.ts";
import { runAll } from "../async/run_all.ts";
import { Turns } from "../async/turns.ts";
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
import type { SealedValue, SealerValue } from "../pure/bucket/sealed_wire.ts";
import { messageOf } from "../pure/message_of.ts";
import type { ObservedNode } from "../pure/objects/observed.ts";
import { type PullSecret, secretName } from "../pure/private_images/private_use.ts";
import { boundTo } from "../pure/sealed_logins/bound_to.ts";
import {
  imagesAtATime,
  lackedHere,
  type LoginWish,
  loginWishes,
  privateImages,
} from "../pure/sealed_logins/login_wishes.ts";
import { lackedImages } from "../pure/sealed_logins/lacked_images.ts";
import { loginsText } from "../pure/sealed_logins/plain_logins.ts";
import type { WantedSet } from "../pure/wants/wanted_set.ts";
import { GivenLogins } from "./given_logins.ts";
import { type NodeKey, NodeKeys, type NodeKeysDeps } from "./node_keys.ts";
import { RareWarnings } from "./rare_warnings.ts";
import { SecretReader, type SecretReaderDeps } from "./secret_reader.ts";

/** How long a login counts that was given, in ms; it is given anew while it is needed. */
const LIFETIME_MS = 10 * 60_000;
/** What happens is collected for so long, and for this many times as long as a look took, in ms. */
const GATHER_MS = 500;
const QUIET_PER_LOOK = 10;
/** … but never longer than this: a namespace may take back its mark meanwhile. */
const MOST_QUIET_MS = 10_000;
/** Logins are looked at at least so often, in ms, as Secrets change and times end. */
const LOOK_MS = 30_000;

/** So many logins are made in a look, before it is looked again whether they are still needed. */
const MOST_MADE = 5_000;
/** So many keys of nodes that are gone are taken away in a look. */
const MOST_SWEPT = 1_000;

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
  readonly #given: GivenLogins;
  /** What lies under `sealer`. */
  #sealer: string | undefined;
  #isRead = false;
  #seen: SeenWants | undefined;

  constructor(deps: LoginGiverDeps, rules: LoginGiverRules) {
    this.#deps = deps;
    this.#rules = rules;
    this.#allowed = new Set(rules.pullSecrets.map(secretName));
    this.#reader = new SecretReader(deps);
    this.#given = new GivenLogins(deps);
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
        else this.#given.take(change.key, text);
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
      const quietMs = Math.min(QUIET_PER_LOOK * tookMs, MOST_QUIET_MS);
      await pause(Math.max(GATHER_MS, quietMs), signal);
    }
  }

  async #look({ own, keys }: Own, signal: AbortSignal): Promise<void> {
    const { leadership, shown, store, metrics } = this.#deps;
    if (!leadership.leading() || !this.#isRead || !shown.synced || !this.#seen) return;
    const sealer: SealerValue = { v: 1, publicKey: own.publicKey };
    const text = JSON.stringify(sealer);
    if (this.#sealer !== text) {
      await store.put(SEALER_KEY, text, { signal });
      this.#sealer = text;
    }
    const { nodes } = this.#seen;
    const known = new Set(nodes.map(({ name }) => name));
    await keys.prove((node) => known.has(node), signal);
    const wishes = await this.#wishes(this.#seen, keys, signal);
    // First what must not lie there any longer: to give takes its time.
    await this.#given.keepOnly(wishes, signal);
    const due = [...wishes.values()].filter((wish) => this.#isDue(wish));
    await this.#given.give(due.slice(0, MOST_MADE), (wish) => this.#sealed(wish), signal);
    if (due.length > MOST_MADE) this.#wake.ring();
    metrics.gauge("warm_images_given_logins", this.#given.size);
    await this.#sweep(keys, known, signal);
  }

  /** Takes away what nodes have shown that are gone; where none is known, nothing is known of them. */
  async #sweep(keys: NodeKeys, known: ReadonlySet<string>, signal: AbortSignal): Promise<void> {
    if (known.size === 0) return;
    const gone = new Map(
      keys.names().filter((name) => !known.has(name)).slice(0, MOST_SWEPT)
        .map((name) => [nodeKeyKey(name), name]),
    );
    // Told of deletions, it would look and delete without end, if they were not forgotten here.
    for (const key of await this.#given.delete([...gone.keys()], signal)) {
      keys.put(gone.get(key) ?? "", undefined);
    }
    if (gone.size === MOST_SWEPT) this.#wake.ring();
  }

  /** What is to be given, by key of the bucket. */
  async #wishes(
    { nodes, set }: SeenWants,
    keys: NodeKeys,
    signal: AbortSignal,
  ): Promise<Map<string, Wish>> {
    const turns = new Turns(() => this.#deps.clock.monotonicMs());
    const images = privateImages(
      set.images.values(),
      (secret) => this.#allowed.has(secretName(secret)),
    );
    const references = new Set(images.map(({ reference }) => reference));
    const lackedBy = (node: ObservedNode) =>
      lackedHere(images, node, this.#lacked(node, references));
    const lacking: { readonly to: NodeKey; readonly node: ObservedNode }[] = [];
    const secrets = new Map<string, PullSecret>();
    for (const node of images.length === 0 ? [] : nodes) {
      const to = keys.of(node);
      if (to === undefined) continue;
      await turns.next(signal);
      const lacked = lackedBy(node);
      if (lacked.length > 0) lacking.push({ to, node });
      for (const secret of lacked.flatMap((each) => each.secrets)) {
        secrets.set(secretName(secret), secret);
      }
    }
    this.#reader.keepOnly(secrets);
    if (!await this.#reader.read([...secrets.values()], signal)) this.#wake.ring();
    const wishes = new Map<string, Wish>();
    const most = imagesAtATime(lacking.length);
    const gives = (secret: PullSecret, image: string) =>
      this.#reader.logins(secret, image) !== undefined;
    // Looked at anew, as all that thousands of nodes lack would take a hundred megabytes.
    for (const { to, node } of lacking) {
      await turns.next(signal);
      for (const wish of loginWishes(lackedBy(node), { node: node.name, most, gives })) {
        wishes.set(wish.key, { ...wish, to, uid: node.uid });
      }
    }
    return wishes;
  }

  /** By the report that its agent made for this very Node. */
  #lacked({ name, uid }: ObservedNode, images: ReadonlySet<string>): ReadonlyMap<string, number> {
    const node = this.#deps.shown.fleet.nodes.get(name);
    return node?.report?.nodeUid === uid ? lackedImages(node, images) : new Map();
  }

  /** Whether what lies there does not count any more, or soon. What is wanted has room first. */
  #isDue({ key, image, secret, to }: Wish): boolean {
    const given = this.#given.get(key);
    if (given === undefined && !this.#deps.hasRoom()) return false;
    return given?.version !== this.#reader.logins(secret, image)?.version ||
      given?.to !== to.fingerprint ||
      !(Date.parse(given.expires) - this.#deps.serverClock.wallMs() > LIFETIME_MS / 2);
  }

  async #sealed({ image, secret, to, node, uid }: Wish): Promise<SealedValue | undefined> {
    const found = this.#reader.logins(secret, image);
    if (found === undefined) return undefined;
    const { version, logins } = found;
    const nowMs = this.#deps.serverClock.wallMs();
    const about = {
      image,
      namespace: secret.namespace,
      secret: secret.name,
      version,
      at: new Date(nowMs).toISOString(),
      expires: new Date(nowMs + LIFETIME_MS).toISOString(),
    };
    const bound = boundTo({ name: node, uid }, about);
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
