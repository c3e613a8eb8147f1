import type { Placement } from "../objects/observed.ts";
import { fitsInto, jsonBytes } from "./json_bytes.ts";
import { LIMITS } from "./limits.ts";
import { splitPlacements } from "./placement_parts.ts";
import { usesWithin } from "./private_parts.ts";
import { wantedKey, whereKey } from "./state_keys.ts";
import type { WantedValue, WhereValue } from "./wire.ts";

/** The values of one wanted image. */
export interface WantedEntries {
  /** By key, in the order in which they must be written: `wanted.<image>` comes last. */
  readonly values: ReadonlyMap<string, string>;
  /** How many placements and terms found no room at all. */
  readonly omitted: number;
  /** The same of secrets, and of where they count. */
  readonly omittedPrivate: number;
}

/**
 * An image with more placements than fit into one value has further ones under `whereKey()`. Written
 * in this order, from the last part to the first, no placement that stays is missing at any time:
 * when there are more parts than before, placements move to later ones; when there are fewer, to
 * earlier ones, and the parts that are left over are deleted after that.
 */
export function wantedEntries(
  whole: WantedValue,
  maxBytes: number = LIMITS.partBytes,
): WantedEntries {
  const text = JSON.stringify(whole);
  const { reference, placements } = whole;
  const values = new Map<string, string>();
  if (fitsInto(maxBytes, text)) {
    values.set(wantedKey(reference), text);
    return { values, omitted: 0, omittedPrivate: 0 };
  }
  const uses = whole.private && usesWithin(whole.private, maxBytes / 2);
  const value = uses === undefined ? whole : { ...whole, private: uses.uses };
  const { parts, omitted } = splitPlacements(placements, {
    firstBytes: maxBytes - jsonBytes({ ...value, placements: [] }),
    furtherBytes: maxBytes - jsonBytes(whereValue(reference, [])),
  });
  for (const [index, placements] of [...parts.entries()].slice(1).reverse()) {
    if (placements.length === 0) continue;
    values.set(whereKey(index + 1, reference), JSON.stringify(whereValue(reference, placements)));
  }
  const head: WantedValue = { ...value, placements: parts[0] ?? [] };
  values.set(wantedKey(reference), JSON.stringify(head));
  return { values, omitted, omittedPrivate: uses?.omitted ?? 0 };
}

function whereValue(reference: string, placements: readonly Placement[]): WhereValue {
  return { v: 1, reference, placements };
}
