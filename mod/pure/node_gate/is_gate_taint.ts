import type { Taint } from "../objects/observed.ts";
import type { GateTaint } from "./gate_rules.ts";

/** Whether a taint is one of those that are lifted: the same key, and what else is named. */
export function isGateTaint(taint: Taint, gates: readonly GateTaint[]): boolean {
  return gates.some(({ key, value, effect }) =>
    key === taint.key &&
    (value === undefined || value === (taint.value ?? "")) &&
    (effect === undefined || effect === taint.effect)
  );
}
