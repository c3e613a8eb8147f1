import { connect, type KvEntry, type NatsConnection } from "nats";
import type { ImageReport } from "../../../mod/pure/bucket/agent_wire.ts";
import { LIMITS } from "../../../mod/pure/bucket/limits.ts";
import { reportEntries } from "../../../mod/pure/bucket/report_parts.ts";
import { beatKey } from "../../../mod/pure/bucket/state_keys.ts";
import { decodeNode, type NodeValue } from "../../../mod/pure/bucket/wire.ts";
import type { TestNats } from "../servers/nats_server.ts";

/** How the agents of a test behave. */
export interface AgentsPart {
  /** Nodes whose agent never comes. */
  readonly isSilent: (node: string) => boolean;
  /** From when an agent knows what is due until that is there, in ms. */
  readonly pullMs: (node: string) => number;
}

/** What an agent was told and when, and when it reported that all of it was there (`performance.now()`). */
export interface PlayedAgent {
  readonly due: readonly string[];
  /** Length of its node's value in the bucket. */
  readonly bytes: number;
  readonly toldMs: number;
  readonly warmMs?: number;
}

/**
 * The agents of all nodes, by what they read and write in the bucket: each waits for the value of its
 * node with the gate, says at once that nothing is there, and some time later that everything is.
 */
export class PlayedAgents implements AsyncDisposable {
  readonly #agents = new Map<string, PlayedAgent>();
  readonly #part: AgentsPart;
  readonly #connection: NatsConnection;
  readonly #running = new Set<Promise<void>>();
  readonly #faults: unknown[] = [];
  #puts = 0;

  private constructor(connection: NatsConnection, part: AgentsPart) {
    this.#connection = connection;
    this.#part = part;
  }

  /** Begins to read a bucket that exists. */
  static async start(nats: TestNats, part: AgentsPart): Promise<PlayedAgents> {
    const agents = new PlayedAgents(await connect({ servers: nats.url }), part);
    const bucket = await agents.#bucket();
    const values = await bucket.watch({ key: "node.>" });
    agents.#run((async () => {
      for await (const entry of values) agents.#take(entry);
    })());
    return agents;
  }

  /** By node; those that have been told of a gate. */
  get all(): ReadonlyMap<string, PlayedAgent> {
    return this.#agents;
  }

  /** How many values all programs have written into the bucket so far, and how many of them these. */
  async writes(): Promise<{ readonly all: number; readonly agents: number }> {
    const manager = await this.#connection.jetstreamManager();
    const { state } = await manager.streams.info("KV_warm-images");
    return { all: state.last_seq, agents: this.#puts };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#connection.close();
    await Promise.all(this.#running);
    if (this.#faults.length > 0) throw new AggregateError(this.#faults, "Played agents failed");
  }

  #run(work: Promise<void>): void {
    const done = work.catch((error) => {
      if (!this.#connection.isClosed()) this.#faults.push(error);
    }).finally(() => this.#running.delete(done));
    this.#running.add(done);
  }

  #take(entry: KvEntry): void {
    if (entry.operation !== "PUT") return;
    const decoded = decodeNode(entry.string());
    if (!("value" in decoded)) throw new Error(`Unreadable value of "${entry.key}"`);
    const { name, gate } = decoded.value;
    if (gate === undefined || this.#agents.has(name)) return;
    const agent = { due: gate.due, bytes: entry.value.length, toldMs: performance.now() };
    this.#agents.set(name, agent);
    const isThere = gate.due.length > 0 && !this.#part.isSilent(name);
    if (isThere) this.#run(this.#warm(decoded.value, agent));
  }

  async #warm({ name, uid }: NodeValue, agent: PlayedAgent): Promise<void> {
    const { due } = agent;
    await this.#report(name, uid, due, "waiting");
    await new Promise((resolve) => setTimeout(resolve, this.#part.pullMs(name)));
    if (this.#connection.isClosed()) return;
    this.#agents.set(name, { ...agent, warmMs: performance.now() });
    await this.#report(name, uid, due, "warm");
  }

  async #report(
    node: string,
    nodeUid: string,
    due: readonly string[],
    state: "waiting" | "warm",
  ): Promise<void> {
    const at = new Date().toISOString();
    const image: ImageReport = state === "warm"
      ? { state, since: at, bytes: 123_456_789, pullSeconds: 1.5 }
      : { state, since: at };
    const images = Object.fromEntries(due.map((reference) => [reference, image]));
    const about = { node, agent: "played" };
    const warm = state === "warm" ? due.length : 0;
    const counts = { wanted: due.length, warm, pulling: 0, waiting: due.length - warm, failed: 0 };
    const beat = { v: 1, ...about, at, images: counts };
    const entries = [
      ...reportEntries({ ...about, nodeUid, images }, { at, partBytes: LIMITS.partBytes }),
      { key: beatKey(node), value: JSON.stringify(beat) },
    ];
    const bucket = await this.#bucket();
    for (const { key, value } of entries) {
      this.#puts++;
      await bucket.put(key, value);
    }
  }

  #bucket() {
    return this.#connection.jetstream().views.kv("warm-images", { bindOnly: true });
  }
}
