import { delay } from "../async/delay.ts";
import { runAll } from "../async/run_all.ts";
import { WakeSignal } from "../async/wake_signal.ts";
import type { Clock } from "../ports/clock.ts";
import type { Logger } from "../ports/logger.ts";
import type { Metrics } from "../ports/metrics.ts";
import type { LoginSource, SecretLogins } from "../ports/registry_logins.ts";
import type { Sealing, SealingKeys } from "../ports/sealing.ts";
import type { StateStore, StoreChange } from "../ports/state_store.ts";
import { backoffMs } from "../pure/backoff.ts";
import { nodeKeyKey, sealedPrefix, SEALER_KEY } from "../pure/bucket/sealed_keys.ts";
import {
  decodeSealed,
  decodeSealer,
  type NodeKeyValue,
  type ProvenKey,
  type SealedValue,
} from "../pure/bucket/sealed_wire.ts";
import { messageOf } from "../pure/message_of.ts";
import { type PullSecret, secretName } from "../pure/private_images/private_use.ts";
import type { RegistryLogin } from "../pure/registry_logins/registry_login.ts";
import { isSameLogin } from "../pure/registry_logins/same_login.ts";
import { boundKey, boundTo } from "../pure/sealed_logins/bound_to.ts";
import { loginsOf } from "../pure/sealed_logins/plain_logins.ts";
import { RareWarnings } from "./rare_warnings.ts";

/** How often the token is looked at, in ms: kubelet replaces it long before its end. */
const LOOK_MS = 60_000;
/** How soon it goes on where the facts of the node, or a time, are awaited, in ms. */
const LATER_MS = 1_000;
/**
 * A key is shown at most so often, in ms: controllers that take the lead from each other in turns would
 * else have all nodes write at each turn.
 */
const SHOWN_EVERY_MS = 5_000;
const WRITE_BACKOFF = { baseMs: 1_000, maxMs: 60_000 };

/** How the agent shows which node it is on. */
export type NodeProof =
  /** Reads the token of its account, as it is now. Throws what a person can act on. */
  | { readonly type: "token"; readonly read: () => Promise<string> }
  /** Keys of the node's own, which the administrator has told the controller. */
  | { readonly type: "keys"; readonly keys: SealingKeys };

/** What `LoginTaker` works with. */
export interface LoginTakerDeps {
  readonly store: StateStore;
  readonly sealing: Sealing;
  readonly proof: NodeProof;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly random: () => number;
}

/** How a `LoginTaker` goes about it. */
export interface Taking {
  readonly signal: AbortSignal;
  /** Uid of the Node object; undefined: not known yet. */
  readonly nodeUid: () => string | undefined;
  /** Called when logins for an image (canonical reference) have come, or others than before. */
  readonly changed: (reference: string) => void;
}

/** Logins of a Secret for an image. */
interface Taken {
  readonly value: SealedValue;
  /** Undefined: not opened yet, or it cannot be. */
  logins?: readonly RegistryLogin[] | undefined;
  /** What was given before it in its place: in force until it is opened, and where it cannot be. */
  earlier?: Taken | undefined;
  /** By a clock that nobody sets, in ms. */
  readonly untilMs: number;
}

/**
 * Takes the logins that the controller gives to this node: shows it a key and proves whose it is, and
 * opens what is encrypted to that key. They are in memory alone, and for as long as they were given.
 */
export class LoginTaker implements SecretLogins {
  readonly #deps: LoginTakerDeps;
  readonly #node: string;
  readonly #warnings: RareWarnings;
  /** By key of the bucket. */
  readonly #taken = new Map<string, Taken>();
  readonly #wake = new WakeSignal();
  #sealer: string | undefined;
  /** What the controller was shown last: another bucket has it no longer. */
  #shown = "";
  /** When it may be shown again. */
  #showsFromMs = 0;
  /** Whether it should have been shown before that. */
  #showsLater = false;

  /** `node` is the name of this one. */
  constructor(deps: LoginTakerDeps, node: string) {
    this.#deps = deps;
    this.#node = node;
    this.#warnings = new RareWarnings(deps);
  }

  /** See `SecretLogins`. */
  of(reference: string, secrets: readonly PullSecret[]): readonly LoginSource[] {
    const nowMs = this.#deps.clock.monotonicMs();
    return [...this.#taken].flatMap(([key, taken]) => {
      const { value, untilMs } = taken;
      const logins = loginsNow(taken);
      const name = secretName({ namespace: value.namespace, name: value.secret });
      const isAsked = value.image === reference && untilMs > nowMs &&
        secrets.some((each) => secretName(each) === name);
      const from = `secret ${name}`;
      return isAsked ? logins.map((_, at) => ({ from, find: this.#finder(key, at) })) : [];
    });
  }

  /** Shows the key and takes logins until `signal` aborts. */
  async follow(taking: Taking): Promise<void> {
    const { proof, sealing } = this.#deps;
    const keys = proof.type === "keys" ? proof.keys : await sealing.newKeys();
    await runAll(taking.signal, [
      (signal) => this.#follow(signal),
      (signal) => this.#work(keys, { ...taking, signal }),
      (signal) => this.#lookAgain(signal),
    ]);
  }

  #finder(key: string, at: number): LoginSource["find"] {
    return ({ refused }) => {
      // What was given anew since may be another.
      const login = loginsNow(this.#taken.get(key))[at];
      const isRefused = login !== undefined && refused !== undefined && isSameLogin(login, refused);
      return Promise.resolve(isRefused ? undefined : login);
    };
  }

  async #follow(signal: AbortSignal): Promise<void> {
    const filters = [`${sealedPrefix(this.#node)}>`];
    for await (const change of this.#deps.store.follow(filters, { signal, looked: [SEALER_KEY] })) {
      this.#apply(change);
      this.#wake.ring();
    }
  }

  #apply(change: StoreChange): void {
    switch (change.type) {
      case "reset":
        this.#shown = "";
        this.#sealer = undefined;
        return this.#taken.clear();
      case "put":
        if (change.key === SEALER_KEY) {
          const decoded = decodeSealer(change.value);
          this.#sealer = "value" in decoded ? decoded.value.publicKey : undefined;
        } else this.#put(change.key, change.value);
        return;
      case "delete":
        this.#taken.delete(change.key);
        return;
      case "synced":
        return;
      default:
        change satisfies never;
    }
  }

  #put(key: string, text: string): void {
    const decoded = decodeSealed(text);
    if ("fault" in decoded) return this.#refused(key, `it cannot be read: ${decoded.fault}`);
    const { value } = decoded;
    // Clocks may be an hour apart: it counts for so long from now on.
    const lifetimeMs = Date.parse(value.expires) - Date.parse(value.at);
    const nowMs = this.#deps.clock.monotonicMs();
    const untilMs = nowMs + (lifetimeMs > 0 ? lifetimeMs : 0);
    const taken = this.#taken.get(key);
    const earlier = taken?.logins === undefined ? taken?.earlier : taken;
    // One whose time was over is missed by now: that it is back is news.
    const isInForce = earlier !== undefined && earlier.untilMs > nowMs;
    this.#taken.set(key, { value, untilMs, earlier: isInForce ? earlier : undefined });
  }

  async #work(keys: SealingKeys, taking: Taking): Promise<void> {
    const { signal } = taking;
    let failures = 0;
    while (!signal.aborted) {
      const ms = failures > 0
        ? backoffMs(failures, WRITE_BACKOFF, this.#deps.random)
        : this.#opensLater(taking) || this.#showsLater
        ? LATER_MS
        : undefined;
      await this.#wake.wait({ ...ms !== undefined && { ms }, signal });
      if (signal.aborted) return;
      try {
        await this.#open(keys, taking);
        await this.#show(keys, signal);
        failures = 0;
      } catch (error) {
        if (signal.aborted) return;
        failures++;
        this.#warnings.warn("Cannot prove to the controller which node this is", {
          reason: messageOf(error),
        });
      }
    }
  }

  /** What is given is bound to the Node, whose facts may come after it. */
  #opensLater({ nodeUid }: Taking): boolean {
    return nodeUid() === undefined &&
      this.#taken.values().some(({ logins }) => logins === undefined);
  }

  async #open(keys: SealingKeys, { nodeUid, changed }: Taking): Promise<void> {
    const uid = nodeUid();
    if (uid === undefined) return;
    const nowMs = this.#deps.clock.monotonicMs();
    for (const [key, taken] of [...this.#taken]) {
      if (taken.untilMs <= nowMs) this.#drop(key, taken);
      if (taken.logins !== undefined || taken.untilMs <= nowMs) continue;
      // What was made for the key of another agent of this node is made anew.
      if (taken.value.to !== keys.fingerprint) {
        this.#drop(key, taken);
        continue;
      }
      const bound = boundTo({ name: this.#node, uid }, taken.value);
      const text = await keys.open(taken.value.box, bound);
      const logins = text === undefined ? { fault: "it is not for this node" } : loginsOf(text);
      if (this.#taken.get(key) !== taken) continue; // another one has come meanwhile
      if ("fault" in logins) {
        this.#drop(key, taken);
        this.#refused(key, logins.fault);
        continue;
      }
      taken.logins = logins.value;
      this.#deps.metrics.count("warm_images_taken_logins_total", { result: "opened" });
      // Given anew every few minutes: one that was refused is no reason to ask the registry again.
      const { earlier } = taken;
      taken.earlier = undefined;
      if (!isSame(earlier?.logins, logins.value)) changed(taken.value.image);
    }
  }

  /** Forgets one that is of no use: a pull may still live by what was given before it. */
  #drop(key: string, { earlier }: Taken): void {
    const isInForce = earlier !== undefined && earlier.untilMs > this.#deps.clock.monotonicMs();
    if (isInForce) this.#taken.set(key, earlier);
    else this.#taken.delete(key);
  }

  #refused(key: string, reason: string): void {
    this.#deps.metrics.count("warm_images_taken_logins_total", { result: "refused" });
    // One line for all: there may be thousands.
    this.#warnings.warn("Skipped a login that the bucket has for this node", { key, reason });
  }

  /** Shows the key again where the controller, the token or the bucket is another one. */
  async #show(keys: SealingKeys, signal: AbortSignal): Promise<void> {
    const { proof, store, clock } = this.#deps;
    this.#showsLater = false;
    if (this.#sealer === undefined) return;
    const token = proof.type === "token" ? (await proof.read()).trim() : "";
    const shown = `${this.#sealer} ${token}`;
    if (shown === this.#shown) return;
    this.#showsLater = clock.monotonicMs() < this.#showsFromMs;
    if (this.#showsLater) return;
    const value = await this.#keyValue(this.#sealer, { token, publicKey: keys.publicKey });
    await store.put(nodeKeyKey(this.#node), JSON.stringify(value), { signal });
    this.#shown = shown;
    this.#showsFromMs = clock.monotonicMs() + SHOWN_EVERY_MS;
  }

  async #keyValue(
    sealer: string,
    { token, publicKey }: Omit<ProvenKey, "v">,
  ): Promise<NodeKeyValue> {
    const node = this.#node;
    if (this.#deps.proof.type === "keys") return { v: 1, node, publicKey };
    const shown: ProvenKey = { v: 1, token, publicKey };
    const box = await this.#deps.sealing.seal(sealer, JSON.stringify(shown), boundKey(node));
    return { v: 1, node, sealer, box };
  }

  async #lookAgain(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await delay(LOOK_MS, { signal });
      this.#wake.ring();
    }
  }
}

function loginsNow(taken: Taken | undefined): readonly RegistryLogin[] {
  return taken?.logins ?? taken?.earlier?.logins ?? [];
}

function isSame(left: readonly RegistryLogin[] | undefined, right: readonly RegistryLogin[]) {
  return left?.length === right.length &&
    left.every((login, at) => isSameLogin(login, right[at] as RegistryLogin));
}
