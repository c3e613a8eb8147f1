import type { ImageLedger } from "../pulls/image_ledger.ts";
import { byUrgency } from "../pulls/pull_choice.ts";

/** Whether a wanted image has nothing else here than its bytes. */
export function isMissedAfterwards(
  reference: string,
  ledger: Pick<ImageLedger, "isHelpedByBytes" | "look">,
): boolean {
  const { state, as } = ledger.look(reference) ?? {};
  return ledger.isHelpedByBytes(reference) && !(state === "warm" && as === undefined);
}

/**
 * Kept bytes in the order in which they are given up: those that are of no use here; then those that
 * an image is warm by, the least urgent first; last those whose image is there as well, as that holds
 * the same blobs and hardly anything comes free.
 */
export function leastUrgentFirst(
  references: readonly string[],
  ledger: Pick<ImageLedger, "isHelpedByBytes" | "look" | "urgencyOf">,
): string[] {
  const rankOf = (reference: string): number => {
    if (!ledger.isHelpedByBytes(reference)) return 0;
    return isMissedAfterwards(reference, ledger) ? 1 : 2;
  };
  return references.toSorted((one, other) => {
    const [a, b] = [ledger.urgencyOf(one), ledger.urgencyOf(other)];
    return rankOf(one) - rankOf(other) || (a && b ? byUrgency(b, a) : 0);
  });
}
