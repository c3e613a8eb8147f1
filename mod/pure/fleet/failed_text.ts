import { visibleText } from "../visible_text.ts";
import type { ReasonCount } from "./reason_counts.ts";

/** Most reasons that one line tells. */
const REASONS = 2;

/** Counts by reason; where none is known, as beats do not tell them, the count alone. */
export function failedText(failed: number, failures: readonly ReasonCount[]): string {
  if (failed === 0) return "";
  if (failures.length === 0) return String(failed);
  const shown = failures.slice(0, REASONS).map(({ reason, count }) =>
    `${count} ${visibleText(reason)}`
  );
  const told = failures.slice(0, REASONS).reduce((sum, { count }) => sum + count, 0);
  return failed > told ? `${shown.join(", ")}, ${failed - told} more` : shown.join(", ");
}
