import { compareTexts } from "../compare_texts.ts";
import { META_KEY, parseStateKey, wantedKey } from "./state_keys.ts";
import { agentsKey, storedBytes, type StoredKey } from "./stored_keys.ts";
import { decodeWanted } from "./wire.ts";

/** What `planRoom()` decides by. */
export interface RoomInput {
  /** What lies in the store, once rubbish is gone. */
  readonly stored: readonly StoredKey[];
  /** What the controller wants it to hold, by key. */
  readonly desired: ReadonlyMap<string, string>;
  /** The most that all of it may take, in bytes. */
  readonly limitBytes: number;
  /** The limit is only what was there when the store refused more: none of that is kept free. */
  readonly isGuess?: boolean;
}

/** What to do so that what matters most fits. */
export interface RoomPlan {
  /** Values of agents that take more than their part: to be purged, largest agent first. */
  readonly purge: readonly string[];
  /** Keys of the controller that are there and must go: least important first. */
  readonly evict: readonly string[];
  /** Desired keys that do not fit. */
  readonly leftOut: ReadonlySet<string>;
}

/** Part of the limit that is left free, so that beats, reports and delete markers go through. */
const RESERVE = { share: 0.05, least: 16 * 1024, most: 8 * 1024 * 1024 };

/**
 * Shares a full store out. Agents may use what the controller leaves, and half of the store at
 * least: who fills it with reports takes no room from what is wanted. What the controller desires
 * fits in order of importance (`byImportance()`), which is the same in each round.
 */
export function planRoom({ stored, desired, limitBytes, isGuess }: RoomInput): RoomPlan {
  const { share, least, most } = RESERVE;
  const reserve = isGuess ? 0 : Math.min(Math.max(share * limitBytes, least), most);
  const usable = limitBytes - reserve;
  const sizes = new Map([...desired].map(([key, value]) => [key, sizeOf(key, value)]));
  const desiredBytes = sum(sizes.values());
  const ofAgents = stored.filter(({ key }) => agentsKey(key) !== undefined);
  const purge = overShare(ofAgents, Math.max(usable - desiredBytes, usable / 2));
  const purged = new Set(purge);
  const taken = stored.filter(({ key, deleted }) =>
    deleted || (isOurs(key) ? false : !purged.has(key))
  );
  let free = usable - sum(taken.map(({ bytes }) => bytes));
  const leftOut = new Set<string>();
  const partsOf = Map.groupBy(desired.keys(), (key) => imageOfPart(key));
  for (const key of byImportance(desired)) {
    const bytes = sizes.get(key) ?? 0;
    if (bytes <= free) {
      free -= bytes;
      continue;
    }
    leftOut.add(key);
    // Without the image its parts, which come before it, say nothing.
    for (const part of partsOf.get(imageOf(key) ?? "") ?? []) {
      if (!leftOut.has(part)) free += sizes.get(part) ?? 0;
      leftOut.add(part);
    }
  }
  const evict: string[] = [];
  for (const { key, bytes, deleted } of stored.toReversed()) {
    if (!isOurs(key) || deleted) continue;
    if (desired.has(key)) {
      if (leftOut.has(key)) evict.push(key);
    } else if (bytes <= free) free -= bytes; // no longer wanted, and kept for a while
    else evict.push(key);
  }
  return { purge, evict, leftOut };
}

/**
 * Keys in the order in which they get room: who writes, facts of nodes, images in the order in which
 * agents pull them, and why they are wanted, which no agent needs. Parts of an image are in the order
 * of writing (`wantedEntries()`).
 */
export function byImportance(desired: ReadonlyMap<string, string>): string[] {
  const ranked = [...desired].map(([key, value]) => {
    const image = imageOfPart(key);
    const of = image === undefined ? key : wantedKey(image);
    const urgent = image === undefined ? value : desired.get(of) ?? "";
    return { key, of, rank: rankOf(key), ...urgency(urgent) };
  });
  return ranked.toSorted((a, b) =>
    a.rank - b.rank || compareTexts(a.neededBy, b.neededBy) || b.priority - a.priority ||
    a.bytes - b.bytes || compareTexts(a.of, b.of) || partOf(b.key) - partOf(a.key) ||
    compareTexts(a.key, b.key)
  ).map(({ key }) => key);
}

function imageOf(key: string): string | undefined {
  const parsed = parseStateKey(key);
  return parsed?.type === "wanted" ? parsed.name : undefined;
}

function imageOfPart(key: string): string | undefined {
  const parsed = parseStateKey(key);
  return parsed?.type === "where" ? parsed.name : undefined;
}

function partOf(key: string): number {
  const parsed = parseStateKey(key);
  return parsed?.type === "where" ? parsed.part : 1;
}

/** Agents' keys over their part: all those of the agent that takes most, then of the next. */
function overShare(ofAgents: readonly StoredKey[], shareBytes: number): string[] {
  let over = sum(ofAgents.map(({ bytes }) => bytes)) - shareBytes;
  if (over <= 0) return [];
  const perNode = Map.groupBy(ofAgents, ({ key }) => agentsKey(key)?.node ?? "");
  const nodes = [...perNode.values()].map((keys) => ({
    keys,
    bytes: sum(keys.map(({ bytes }) => bytes)),
  })).toSorted((a, b) => b.bytes - a.bytes);
  const purge: string[] = [];
  for (const { keys, bytes } of nodes) {
    if (over <= 0) break;
    purge.push(...keys.map(({ key }) => key));
    over -= bytes;
  }
  return purge;
}

/** What controllers write, as far as this version knows: the rest is not ours to delete. */
function isOurs(key: string): boolean {
  return agentsKey(key) === undefined && parseStateKey(key) !== undefined;
}

function rankOf(key: string): number {
  if (key === META_KEY) return 0;
  const type = parseStateKey(key)?.type;
  return type === "node" ? 1 : type === "wanted" || type === "where" ? 2 : 3;
}

function urgency(text: string): { neededBy: string; priority: number; bytes: number } {
  const decoded = decodeWanted(text);
  const value = "value" in decoded ? decoded.value : undefined;
  return {
    neededBy: value?.neededBy ?? "9999",
    priority: value?.priority ?? 0,
    bytes: value?.sizeBytes ?? Number.MAX_SAFE_INTEGER,
  };
}

const sizeOf = (key: string, value: string) =>
  storedBytes(key, new TextEncoder().encode(value).length);

function sum(numbers: Iterable<number>): number {
  let total = 0;
  for (const number of numbers) total += number;
  return total;
}
