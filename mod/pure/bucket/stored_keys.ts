import { nodeOfKeyKey } from "./sealed_keys.ts";
import { parseStateKey } from "./state_keys.ts";

/** One key as it lies in the store. */
export interface StoredKey {
  readonly key: string;
  /** What it takes there, with all that the store adds. */
  readonly bytes: number;
  /** Only the marker of a deletion. */
  readonly deleted: boolean;
  readonly ageMs: number;
}

/** No agent writes larger values: a report comes in parts of at most 900 KB. */
const MAX_BYTES = { report: 1024 * 1024, part: 1024 * 1024, beat: 16 * 1024, key: 16 * 1024 };

/** Every follower that is not cut off has heard of a deletion by then. */
const MARKER_MS = 60_000;

/**
 * What a value takes in a JetStream store: the value, its subject and some 30 bytes. The subject is
 * the key behind a prefix with the bucket's name.
 */
export const storedBytes = (key: string, valueBytes: number): number =>
  valueBytes + key.length + 64;

/** A key that agents may write. */
export interface AgentsKey {
  readonly type: keyof typeof MAX_BYTES;
  /** Name of the node; `undefined` where no agent of ours writes such a key. */
  readonly node?: string | undefined;
}

/** Parses what agents may write: `report.<node>`, `beat.<node>`, `part.<n>.<node>`, `key.<node>`. */
export function agentsKey(key: string): AgentsKey | undefined {
  const type = /^(report|beat|part|key)\./.exec(key)?.[1] as AgentsKey["type"] | undefined;
  if (type === undefined) return undefined;
  if (type === "key") return { type, node: nodeOfKeyKey(key) };
  const parsed = parseStateKey(key);
  return { type, node: parsed !== undefined && "name" in parsed ? parsed.name : undefined };
}

/**
 * Whether a key can be purged without loss when the store is full: an old marker of a deletion, or
 * what no agent of a known node writes, by name or by size. `nodes` are the names of those that
 * exist; undefined where they are not known, and any name will do.
 */
export function isRubbish(stored: StoredKey, nodes: ReadonlySet<string> | undefined): boolean {
  if (stored.deleted) return stored.ageMs > MARKER_MS;
  const ours = agentsKey(stored.key);
  if (ours === undefined) return false;
  if (ours.node === undefined || stored.bytes > storedBytes(stored.key, MAX_BYTES[ours.type])) {
    return true;
  }
  return nodes !== undefined && !nodes.has(ours.node);
}
