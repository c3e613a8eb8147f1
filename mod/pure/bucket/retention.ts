import { parseStateKey, reportKey } from "./state_keys.ts";

/** A report no older than this has a live agent, which reports every minute. */
const SILENT_MS = 3 * 60_000;

/** What `Retention` decides by. Times are ms since the epoch. */
export interface RetentionInput {
  /** Keys that the bucket holds and nothing desires. */
  readonly unwantedKeys: readonly string[];
  /** When the report of each key was seen last. */
  readonly reports: ReadonlyMap<string, { readonly seenAt: number }>;
  /** Names of the nodes that exist; undefined while they are unknown, and every report stays. */
  readonly nodes: ReadonlySet<string> | undefined;
  readonly now: number;
}

/** Keys to delete now, and when the next may be due (ms since the epoch). */
export interface Due {
  readonly keys: readonly string[];
  readonly nextAt: number | undefined;
}

/**
 * Decides what leaves the bucket: facts of a node at once, an image once it has been unwanted for
 * `forgetAfterMs`, a report once its node is gone and its agent has been silent for as long.
 * Remembers since when each image is unwanted; that time begins again when the controller restarts.
 */
export class Retention {
  readonly #forgetAfterMs: number;
  #unwantedSince = new Map<string, number>();

  constructor(forgetAfterMs: number) {
    this.#forgetAfterMs = forgetAfterMs;
  }

  /** Takes in which keys are unwanted now; returns what to delete. */
  due({ unwantedKeys, reports, nodes, now }: RetentionInput): Due {
    const since = new Map<string, number>();
    const keys: string[] = [];
    let nextAt: number | undefined;
    const judge = (key: string, from: number, stayMs = this.#forgetAfterMs) => {
      const at = from + stayMs;
      if (at <= now) keys.push(key);
      else nextAt = Math.min(nextAt ?? at, at);
    };
    for (const key of unwantedKeys) {
      const type = parseStateKey(key)?.type;
      if (type === "node") keys.push(key);
      if (type !== "wanted" && type !== "why") continue; // of a later version: not ours to delete
      since.set(key, this.#unwantedSince.get(key) ?? now);
      judge(key, since.get(key) ?? now);
    }
    this.#unwantedSince = since;
    if (nodes === undefined) return { keys, nextAt };
    const living = new Set([...nodes].map(reportKey));
    const silentMs = Math.max(this.#forgetAfterMs, SILENT_MS);
    for (const [key, { seenAt }] of reports) if (!living.has(key)) judge(key, seenAt, silentMs);
    return { keys, nextAt };
  }
}
