import type { PrivateUse } from "../private_images/private_use.ts";
import { withoutUnset } from "../without_unset.ts";
import { jsonBytes } from "./json_bytes.ts";
import { placementsWithin } from "./placement_parts.ts";

/** As much of the uses of a private image as one value takes. */
export interface PrivateParts {
  readonly uses: readonly PrivateUse[];
  /** How many secrets and alternatives of placements found no room. */
  readonly omitted: number;
}

/**
 * Uses in at most so many bytes, each with an equal share. What is cut makes a use narrower, never
 * wider: one without its placements would hand its secrets to nodes of others.
 */
export function usesWithin(uses: readonly PrivateUse[], maxBytes: number): PrivateParts {
  if (jsonBytes(uses) <= maxBytes) return { uses, omitted: 0 };
  const share = Math.floor(maxBytes / uses.length);
  const parts = uses.map((use) => useWithin(use, share));
  return {
    uses: parts.flatMap(({ use }) => use ?? []),
    omitted: parts.reduce((sum, each) => sum + each.omitted, 0),
  };
}

/** Room for the fields of a use, in bytes. */
const FIELDS = 64;

function useWithin({ mode, placements, secrets }: PrivateUse, maxBytes: number) {
  let room = maxBytes - FIELDS;
  const half = room / 2;
  const kept = secrets.filter((secret) => {
    const bytes = jsonBytes(secret) + 1;
    if (room - bytes < (placements === undefined ? 0 : half)) return false;
    room -= bytes;
    return true;
  });
  const where = placements && placementsWithin(placements, room);
  const isNowhere = where?.placements.length === 0;
  return {
    use: isNowhere
      ? undefined
      : withoutUnset({ mode, placements: where?.placements, secrets: kept }),
    omitted: secrets.length - kept.length + (where?.omitted ?? 0),
  };
}
