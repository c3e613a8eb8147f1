import { parseStateKey, reportKey } from "./state_keys.ts";

/** An agent that lives reports every minute: nothing shorter is silence. */
const SILENT_MS = 3 * 60_000;

/** What `Retention` judges by. Times are ms since the epoch. */
export interface RetentionInput {
  /** Keys the bucket holds and nothing desires. */
  readonly unwantedKeys: readonly string[];
  /** When the report of each key was seen last. */
  readonly reports: ReadonlyMap<string, { readonly seenAt: number }>;
  /** Names of the nodes that exist. */
  readonly nodes: ReadonlySet<string>;
  readonly now: number;
}

/** Keys to delete now, and when the next may be due. */
export interface Due {
  readonly keys: readonly string[];
  readonly nextAt: number | undefined;
}

/**
 * Decides what leaves the bucket: facts of a node at once, an image only after it was unwanted for
 * `forgetAfterMs`, a report when its node is gone and its agent silent for as long. Remembers
 * since when each image is unwanted; after a restart of the controller that time begins anew.
 */
export class Retention {
  readonly #forgetAfterMs: number;
  #unwantedSince = new Map<string, number>();

  constructor(forgetAfterMs: number) {
    this.#forgetAfterMs = forgetAfterMs;
  }

  /** Takes the present unwantedKeys into account and tells what to delete. */
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
    const living = new Set([...nodes].map(reportKey));
    const silentMs = Math.max(this.#forgetAfterMs, SILENT_MS);
    for (const [key, { seenAt }] of reports) if (!living.has(key)) judge(key, seenAt, silentMs);
    return { keys, nextAt };
  }
}
