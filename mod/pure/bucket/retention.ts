import type { Moment } from "../moment.ts";
import { SILENT_MS } from "./agent_states.ts";
import type { AgentsSeen } from "./agents_seen.ts";
import { imageOfKey, parseStateKey, wantedKey, whyKey } from "./state_keys.ts";
import { markUnwanted, unwantedSince } from "./unwanted_since.ts";

/** What `Retention` decides by. */
export interface RetentionInput {
  /** Keys that the bucket holds and nothing desires. */
  readonly unwantedKeys: readonly string[];
  /** Canonical references that go at once: they are not what pods will ask for again. */
  readonly contradicted: ReadonlySet<string>;
  /** What the bucket holds, as far as controllers write it. */
  readonly held: ReadonlyMap<string, string>;
  /** What agents have written. */
  readonly agents: AgentsSeen;
  /** Names of the nodes that exist; undefined while they are unknown, and all of agents stays. */
  readonly nodes: ReadonlySet<string> | undefined;
  /** Since when this controller hears the agents; monotonic, in ms. */
  readonly heardSince: number;
  readonly now: Moment;
}

/** Keys to delete now, marks to write, and in how many ms the next deletion may be due. */
export interface Due {
  readonly keys: readonly string[];
  readonly marks: ReadonlyMap<string, string>;
  readonly nextInMs: number | undefined;
}

/**
 * Decides what leaves the bucket: at once the facts of a node that is gone, parts that an image or a
 * report has no longer, and an image of a template that its pods contradict, or that is private where
 * these are off; another image once it has been unwanted for `forgetAfterMs`; what an agent wrote once
 * its node is gone and it has been silent for as long.
 *
 * Since when an image is unwanted stands in its `why` value, so that the next leader goes on from
 * there. That is a time of day, as no other outlives a program.
 */
export class Retention {
  readonly #forgetAfterMs: number;
  /** What `why` values say, by key, so that each is read once. */
  #since = new Map<string, Since>();

  constructor(forgetAfterMs: number) {
    this.#forgetAfterMs = forgetAfterMs;
  }

  /** Takes in what is unwanted now; returns what to do about it. */
  due(input: RetentionInput): Due {
    const keys: string[] = [];
    const marks = new Map<string, string>();
    let nextInMs: number | undefined;
    const judge = (key: string | readonly string[], leftMs: number) => {
      if (leftMs <= 0) keys.push(...[key].flat());
      else nextInMs = Math.min(nextInMs ?? leftMs, leftMs);
      return leftMs > 0;
    };
    this.#judgeUnwanted(input, marks, judge);
    this.#judgeAgents(input, judge);
    return { keys, marks, nextInMs };
  }

  #judgeUnwanted(
    { unwantedKeys, contradicted, held, now }: RetentionInput,
    marks: Map<string, string>,
    judge: (key: string, leftMs: number) => boolean,
  ): void {
    const before = this.#since;
    this.#since = new Map();
    const unwanted = new Set(unwantedKeys);
    const isLeftOver = (reference: string) => !unwanted.has(wantedKey(reference));
    for (const key of unwantedKeys) {
      const parsed = parseStateKey(key);
      if (parsed?.type === "node" || (parsed?.type === "where" && isLeftOver(parsed.name))) {
        judge(key, 0);
        continue;
      }
      const image = imageOfKey(parsed);
      if (image === undefined) continue; // a later version's: not ours
      const whyOf = whyKey(image);
      const since = this.#since.get(whyOf) ??
        sinceOf(held.get(whyOf), before.get(whyOf), now.wallMs);
      this.#since.set(whyOf, since);
      const staysMs = contradicted.has(image) ? 0 : this.#forgetAfterMs;
      const stays = judge(key, since.ms + staysMs - now.wallMs);
      if (stays && !since.isMarked) marks.set(whyOf, markUnwanted(since.why, since.ms));
    }
  }

  #judgeAgents(
    { agents, nodes, heardSince, now }: RetentionInput,
    judge: (keys: readonly string[], leftMs: number) => boolean,
  ): void {
    for (const key of agents.leftoverParts(now.monotonicMs - SILENT_MS)) judge([key], 0);
    if (nodes === undefined) return;
    const staysMs = Math.max(this.#forgetAfterMs, SILENT_MS);
    for (const [node, { seenAt }] of agents.all) {
      if (nodes.has(node)) continue;
      const goesAt = Math.max(seenAt + staysMs, heardSince + SILENT_MS);
      judge(agents.keysOf(node), goesAt - now.monotonicMs);
    }
  }
}

/** Since when an image is unwanted, and the `why` value that this was read from. */
interface Since {
  readonly why: string | undefined;
  readonly ms: number;
  /** Whether the value says so. */
  readonly isMarked: boolean;
}

/** The bucket goes before what was known; a time to come counts as now. */
function sinceOf(why: string | undefined, known: Since | undefined, nowMs: number): Since {
  const knownMs = known !== undefined && known.ms <= nowMs ? known.ms : undefined;
  if (known !== undefined && known.ms === knownMs && known.why === why) return known;
  const marked = unwantedSince(why, nowMs);
  return { why, ms: marked ?? knownMs ?? nowMs, isMarked: marked !== undefined };
}
