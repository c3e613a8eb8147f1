import type { Logger } from "../ports/logger.ts";
import type { Clock } from "../ports/clock.ts";
import type { Metrics } from "../ports/metrics.ts";
import type { NodeTokens } from "../ports/node_tokens.ts";
import type { Sealing, SealingKeys } from "../ports/sealing.ts";
import type { ServerClock } from "../ports/server_clock.ts";
import { decodeNodeKey, decodeProvenKey, type NodeKeyValue } from "../pure/bucket/sealed_wire.ts";
import { messageOf } from "../pure/message_of.ts";
import type { ObservedNode } from "../pure/objects/observed.ts";
import type { TokenFault } from "../pure/sealed_logins/node_token.ts";
import { boundKey } from "../pure/sealed_logins/bound_to.ts";
import { RareWarnings } from "./rare_warnings.ts";

/** How soon one is looked at again whose token proves nothing yet, in ms. */
const AGAIN_MS = 15_000;
/** Longest value that is looked at: a token takes some 2 KB. */
const MAX_CHARS = 16 * 1024;
/** So many nodes whose keys are not proven are named at a time. */
const MAX_TOLD = 10;
/** So many are looked at together of which it is not known that there are such nodes. */
const MAX_STRANGERS = 100;

/** A key of which it is proven, or said by the administrator, which node's it is. */
export interface NodeKey {
  readonly publicKey: string;
  readonly fingerprint: string;
  /** Uid of the Node; undefined: the administrator's word counts for whichever has the name. */
  readonly uid: string | undefined;
  /** By the clock of the API server, in ms since the epoch. */
  readonly untilMs: number;
}

/** What `NodeKeys` works with. */
export interface NodeKeysDeps {
  readonly tokens: NodeTokens;
  readonly sealing: Sealing;
  readonly serverClock: ServerClock;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly metrics: Metrics;
}

/** What a node has shown, as long as nothing final is known of it. */
interface Unread {
  readonly text: string;
  /** By a clock that nobody sets, in ms. */
  readonly dueMs: number;
}

/** The keys of nodes, as far as they are proven. */
export class NodeKeys {
  readonly #deps: NodeKeysDeps;
  readonly #own: SealingKeys;
  /** Fingerprints by node, by the administrator's word. */
  readonly #said: ReadonlyMap<string, ReadonlySet<string>>;
  readonly #warnings: RareWarnings;
  /** Names of nodes of which something lies in the bucket. */
  readonly #shown = new Set<string>();
  readonly #unread = new Map<string, Unread>();
  readonly #keys = new Map<string, NodeKey>();

  /** `own` are the keys that agents encrypt their tokens to. */
  constructor(
    deps: NodeKeysDeps,
    own: SealingKeys,
    said: readonly { readonly node: string; readonly fingerprint: string }[],
  ) {
    this.#deps = deps;
    this.#own = own;
    this.#said = new Map(
      [...Map.groupBy(said, ({ node }) => node)]
        .map(([node, keys]) => [node, new Set(keys.map(({ fingerprint }) => fingerprint))]),
    );
    this.#warnings = new RareWarnings(deps);
  }

  /**
   * Takes in what lies under `key.<node>`; undefined: nothing any more. A key that was proven counts
   * until another one is, or its token ends: whoever may write there could else take it away.
   */
  put(node: string, text: string | undefined): void {
    if (text !== undefined) {
      this.#shown.add(node);
      this.#unread.set(node, {
        text: text.length > MAX_CHARS ? TOO_LONG : text,
        dueMs: -Infinity,
      });
      return;
    }
    this.#shown.delete(node);
    this.#unread.delete(node);
  }

  /** Names of nodes of which something lies in the bucket that was looked at, whatever it is worth. */
  names(): readonly string[] {
    return [...this.#shown].filter((node) => !this.#unread.has(node));
  }

  /** Forgets everything. */
  clear(): void {
    this.#shown.clear();
    this.#unread.clear();
    this.#keys.clear();
  }

  /**
   * Proves what has come since; what cannot be proven for now is left for a later time. Of a Node may
   * be heard after its key.
   */
  async prove(isKnown: (node: string) => boolean, signal: AbortSignal): Promise<void> {
    this.#forgetEnded();
    let [refused, strangers] = [0, 0];
    for (const [node, unread] of [...this.#unread]) {
      const known = isKnown(node);
      if (!known && ++strangers > MAX_STRANGERS) continue;
      if (unread.dueMs > this.#deps.clock.monotonicMs()) continue;
      let key: NodeKey | TokenFault | undefined;
      try {
        key = await this.#proven(node, unread.text, signal);
      } catch (error) {
        if (signal.aborted) throw error;
        const reason = messageOf(error);
        this.#warnings.warn("Could not read the keys that tokens of nodes are proven by", {
          reason,
        });
        // Others go first the next time: it may be this token alone that asks for other keys.
        if (this.#unread.delete(node)) this.#unread.set(node, unread);
        break;
      }
      // What came while it was looked at is looked at next.
      if (this.#unread.get(node) !== unread) continue;
      this.#unread.delete(node);
      if (key === undefined) continue;
      if (!("fault" in key)) this.#keys.set(node, key);
      else if (known) this.#refuse(node, unread, { ...key, isTold: refused++ < MAX_TOLD });
      const result = "fault" in key ? "refused" : "proven";
      this.#deps.metrics.count("warm_images_node_keys_total", { result });
    }
    if (refused > MAX_TOLD) {
      this.#warnings.warn("Further nodes get no logins, as their keys are not proven", {
        nodes: refused - MAX_TOLD,
      });
    }
  }

  #refuse(
    node: string,
    { text }: Unread,
    { fault, again, isTold }: TokenFault & { readonly isTold: boolean },
  ): void {
    if (again) this.#unread.set(node, { text, dueMs: this.#deps.clock.monotonicMs() + AGAIN_MS });
    if (!isTold) return;
    const fields = { node, reason: fault };
    this.#warnings.warn("A node gets no logins, as its key is not proven", fields, `key ${node}`);
  }

  /** Keys of nodes that are gone end with their tokens: a Node may be heard of after its key. */
  #forgetEnded(): void {
    const nowMs = this.#deps.serverClock.wallMs();
    for (const [node, { untilMs }] of this.#keys) {
      if (untilMs <= nowMs && !this.#shown.has(node)) this.#keys.delete(node);
    }
  }

  /** The key of a Node, while it counts. */
  of({ name, uid }: Pick<ObservedNode, "name" | "uid">): NodeKey | undefined {
    const key = this.#keys.get(name);
    if (key === undefined || key.untilMs <= this.#deps.serverClock.wallMs()) return undefined;
    return key.uid === undefined || key.uid === uid ? key : undefined;
  }

  /** Undefined: it was shown to the controller before this one, and will be shown again. */
  async #proven(
    node: string,
    text: string,
    signal: AbortSignal,
  ): Promise<NodeKey | TokenFault | undefined> {
    if (text === TOO_LONG) return { fault: `it is longer than ${MAX_CHARS} characters` };
    const decoded = decodeNodeKey(text);
    if ("fault" in decoded) return { fault: `it cannot be read: ${decoded.fault}` };
    const { value } = decoded;
    if (value.node !== node) return { fault: "it names another node" };
    const isForUs = value.sealer === undefined || value.sealer === this.#own.publicKey;
    if (!isForUs) return undefined;
    return value.box === undefined
      ? await this.#bySaying(value)
      : await this.#byToken(value, signal);
  }

  async #bySaying({ node, publicKey = "" }: NodeKeyValue) {
    const fingerprint = await this.#deps.sealing.fingerprint(publicKey).catch(() => undefined);
    if (fingerprint === undefined) return { fault: "it is no key" };
    if (!this.#said.get(node)?.has(fingerprint)) {
      return { fault: `it shows no token, and --node-keys does not have ${node}=${fingerprint}` };
    }
    return { publicKey, fingerprint, uid: undefined, untilMs: Infinity };
  }

  async #byToken({ node, box }: NodeKeyValue, signal: AbortSignal) {
    const opened = box && await this.#own.open(box, boundKey(node));
    if (opened === undefined) return { fault: "it is not encrypted for this controller" };
    const shown = decodeProvenKey(opened);
    if ("fault" in shown) return { fault: "what is encrypted in it cannot be read" };
    const { token, publicKey } = shown.value;
    const proven = await this.#deps.tokens.verify(token, { use: "logins", signal });
    if ("fault" in proven) return { ...proven, fault: `of its token: ${proven.fault}` };
    if (proven.name !== node) return { fault: "its token is of another node" };
    const fingerprint = await this.#deps.sealing.fingerprint(publicKey).catch(() => undefined);
    if (fingerprint === undefined) return { fault: "it is no key" };
    return { publicKey, fingerprint, uid: proven.uid, untilMs: proven.untilMs };
  }
}

/** Stands for what is longer than is looked at. */
const TOO_LONG = "";
