import { compareTexts } from "../compare_texts.ts";

/** A kind that is not followed although its objects may name images. */
export interface NotFollowedKind {
  /** Name of the kind, as `kindNameOf` gives it. */
  readonly kind: string;
  /** How many objects there are; absent where that may not be known. */
  readonly count?: number;
}

/** How many kinds a text names. */
const MAX_NAMED = 8;

/** Says in one line what is left out; undefined where nothing is. */
export function notFollowedText(kinds: readonly NotFollowedKind[]): string | undefined {
  if (kinds.length === 0) return undefined;
  const sorted = kinds.toSorted((left, right) =>
    (right.count ?? 0) - (left.count ?? 0) || compareTexts(left.kind, right.kind)
  );
  const named = sorted.slice(0, MAX_NAMED).map(({ kind, count }) =>
    count === undefined ? kind : `${kind} ${count}`
  );
  const more = sorted.length - named.length;
  const total = kinds.reduce((sum, { count }) => sum + (count ?? 0), 0);
  const isCounted = kinds.every(({ count }) => count !== undefined);
  const [objects, name] = !isCounted
    ? ["Objects", "name"]
    : total === 1
    ? ["1 object", "names"]
    : [`${total} objects`, "name"];
  const names = `${named.join(", ")}${more > 0 ? ` and ${more} more kinds` : ""}`;
  return `${objects} of kinds that are not followed ${name} images: ${names}; add them to --kinds`;
}
