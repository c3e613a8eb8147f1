import type { NodeTerm, Placement } from "../objects/observed.ts";
import { jsonBytes } from "./json_bytes.ts";
import { LIMITS } from "./limits.ts";

/** Placements that no single value can hold. */
export interface PlacementParts {
  /** One list for each value; together exactly as much as all placements, but for `omitted`. */
  readonly parts: readonly (readonly Placement[])[];
  /** Alternatives that fit into no part. */
  readonly omitted: number;
}

/** Most bytes that the placements of the first and of each further part take. */
export interface PartRoom {
  readonly firstBytes: number;
  readonly furtherBytes: number;
}

/**
 * Splits placements into as few parts as they fit into: 1, 2, 4 and so on up to 64. Terms of an
 * affinity are alternatives as placements are, so each may go to another part. In which part one is
 * follows from what it says: a change of one rewrites one part, and none moves to another but when
 * their number changes, then from part n to n plus the former number, or back.
 */
export function splitPlacements(
  placements: readonly Placement[],
  room: PartRoom,
): PlacementParts {
  const alternatives = placements.flatMap(alternativesOf);
  for (let count = 1;; count *= 2) {
    const { parts, omitted } = spread(alternatives, count, room);
    if (omitted > 0 && count < LIMITS.parts) continue;
    return { parts: parts.map((part) => part.placements()), omitted };
  }
}

/** As much of placements as fits into so many bytes, in their order, and how much does not. */
export function placementsWithin(
  placements: readonly Placement[],
  maxBytes: number,
): { readonly placements: readonly Placement[]; readonly omitted: number } {
  const part = new Part(maxBytes);
  const left = placements.flatMap(alternativesOf).filter((each) => !part.takes(each));
  return { placements: part.placements(), omitted: left.length };
}

/** A placement with one term or without any. */
interface Alternative {
  /** The placement without its terms. */
  readonly rest: Placement;
  /** By this the terms of one placement find each other again. */
  readonly restText: string;
  readonly restBytes: number;
  readonly term?: NodeTerm;
  readonly termBytes: number;
  readonly hash: number;
}

function alternativesOf({ affinity, ...rest }: Placement): Alternative[] {
  if (affinity?.length === 0) return []; // no node meets one of no terms
  const restText = JSON.stringify([rest, affinity !== undefined]);
  const about = { rest, restText, restBytes: jsonBytes({ ...rest, affinity: [] }) + 1 };
  if (affinity === undefined) return [{ ...about, termBytes: 0, hash: hashOf(restText) }];
  return affinity.map((term) => ({
    ...about,
    term,
    termBytes: jsonBytes(term) + 1,
    hash: hashOf(restText + JSON.stringify(term)),
  }));
}

function spread(
  alternatives: readonly Alternative[],
  count: number,
  { firstBytes, furtherBytes }: PartRoom,
): { readonly parts: readonly Part[]; readonly omitted: number } {
  const parts = Array.from(
    { length: count },
    (_, index) => new Part(index === 0 ? firstBytes : furtherBytes),
  );
  const left = alternatives.filter((each) => !parts[each.hash % count]?.takes(each));
  return { parts, omitted: left.length };
}

/** What goes into one value. */
class Part {
  #roomBytes: number;
  readonly #groups = new Map<string, { readonly rest: Placement; readonly terms: NodeTerm[] }>();

  constructor(roomBytes: number) {
    this.#roomBytes = roomBytes;
  }

  /** Whether there was room for it. */
  takes({ rest, restText, restBytes, term, termBytes }: Alternative): boolean {
    const known = this.#groups.get(restText);
    const bytes = termBytes + (known === undefined ? restBytes : 0);
    if (bytes > this.#roomBytes) return false;
    this.#roomBytes -= bytes;
    const group = known ?? { rest, terms: [] };
    this.#groups.set(restText, group);
    if (term !== undefined) group.terms.push(term);
    return true;
  }

  placements(): Placement[] {
    return [...this.#groups.values()].map(({ rest, terms }) =>
      terms.length === 0 ? rest : { ...rest, affinity: terms }
    );
  }
}

/** FNV-1a with 32 bits, over UTF-16 units (http://www.isthe.com/chongo/tech/comp/fnv/). */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return hash >>> 0;
}
