import { beatKey, partKey, reportKey, type StateKey } from "./state_keys.ts";

/** A key that an agent writes. */
export type AgentKey = Extract<StateKey, { readonly name: string }> & {
  readonly type: "beat" | "report" | "part";
};

/** Whether an agent writes this key. */
export function isAgentKey(key: StateKey): key is AgentKey {
  return key.type === "beat" || key.type === "report" || key.type === "part";
}

/** What is kept of a report, or of a part of it. */
export interface ReportPiece {
  /** As its agent wrote it: pieces with the same belong together. */
  readonly at: string;
  /** How many images it calls warm. */
  readonly warm: number;
  /** How many parts the report has; a further part does not say. */
  readonly parts: number;
}

/** What is known of one node's agent, in a few hundred bytes, however long its report is. */
export interface AgentSeen {
  /** When it gave its last sign (beat or report), in ms by a clock that nobody sets. */
  readonly seenAt: number;
  /** Warm images by its last complete report; undefined without any. */
  readonly warm: number | undefined;
}

/** What a controller keeps of what agents write, by node. */
export class AgentsSeen {
  readonly #agents = new Map<string, Agent>();
  #warm = 0;
  #reports = 0;

  /** By name of the node. */
  get all(): ReadonlyMap<string, AgentSeen> {
    return this.#agents;
  }

  /** Warm images over all nodes. */
  get warm(): number {
    return this.#warm;
  }

  /** How many nodes have a complete report. */
  get reports(): number {
    return this.#reports;
  }

  /** Takes in a beat, which has no piece, or a report or part that was read. */
  put(key: AgentKey, seenAt: number, piece?: ReportPiece): void {
    const agent = this.#agents.get(key.name) ?? new Agent();
    this.#agents.set(key.name, agent);
    agent.seenAt = Math.max(agent.seenAt, seenAt);
    if (piece === undefined) agent.beats = true;
    else this.#recount(agent, () => agent.put(numberOf(key), { ...piece, seenAt }));
  }

  /** Takes in that a key was deleted; returns whether it was known. */
  delete(key: AgentKey): boolean {
    const agent = this.#agents.get(key.name);
    if (agent === undefined) return false;
    let known = false;
    this.#recount(agent, () => known = agent.delete(key));
    if (agent.isEmpty) this.#agents.delete(key.name);
    return known;
  }

  /** Forgets everything. */
  clear(): void {
    this.#agents.clear();
    [this.#warm, this.#reports] = [0, 0];
  }

  /** The keys that stand in the bucket for a node's agent. */
  keysOf(node: string): string[] {
    return this.#agents.get(node)?.keys(node) ?? [];
  }

  /**
   * Keys of parts that no report counts any more, as it has become shorter. An agent writes new
   * parts before it counts them: what came after `before` may be such a one.
   */
  leftoverParts(before: number): string[] {
    return [...this.#agents].flatMap(([node, agent]) => agent.leftovers(node, before));
  }

  #recount(agent: Agent, change: () => void): void {
    this.#count(agent, -1);
    change();
    this.#count(agent, 1);
  }

  #count({ warm }: Agent, sign: 1 | -1): void {
    this.#warm += sign * (warm ?? 0);
    this.#reports += warm === undefined ? 0 : sign;
  }
}

/** Number of a key's part; the report itself is the first. */
const numberOf = (key: AgentKey): number => key.type === "part" ? key.part : 1;

class Agent implements AgentSeen {
  seenAt = -Infinity;
  beats = false;
  warm: number | undefined;
  readonly #pieces = new Map<number, ReportPiece & { readonly seenAt: number }>();

  get isEmpty(): boolean {
    return !this.beats && this.#pieces.size === 0;
  }

  put(number: number, piece: ReportPiece & { readonly seenAt: number }): void {
    this.#pieces.set(number, piece);
    this.warm = this.#wholeWarm() ?? this.warm;
  }

  delete(key: AgentKey): boolean {
    if (key.type !== "beat") {
      if (key.type === "report") this.warm = undefined;
      return this.#pieces.delete(numberOf(key));
    }
    const { beats } = this;
    this.beats = false;
    return beats;
  }

  keys(node: string): string[] {
    const pieces = [...this.#pieces.keys()].map((number) =>
      number === 1 ? reportKey(node) : partKey(number, node)
    );
    return this.beats ? [...pieces, beatKey(node)] : pieces;
  }

  leftovers(node: string, before: number): string[] {
    const head = this.#pieces.get(1);
    if (head === undefined || this.#pieces.size <= head.parts || head.seenAt > before) return [];
    const left = [...this.#pieces].filter(([number, { at, seenAt }]) =>
      number > head.parts && at !== head.at && seenAt <= before
    );
    return left.map(([number]) => partKey(number, node));
  }

  /** Undefined while a part is missing, or belongs to another report than the first. */
  #wholeWarm(): number | undefined {
    const head = this.#pieces.get(1);
    if (head === undefined) return undefined;
    let { warm } = head;
    for (let number = 2; number <= head.parts; number++) {
      const piece = this.#pieces.get(number);
      if (piece?.at !== head.at) return undefined;
      warm += piece.warm;
    }
    return warm;
  }
}
