import { FAILURE_RULES } from "./pull_outcome.ts";

/** Whether after a failure of this code, such as `not_found`, an agent tries again rarely or never. */
export function isFinalFailure(code: string): boolean {
  return Object.hasOwn(FAILURE_RULES, code) &&
    FAILURE_RULES[code as keyof typeof FAILURE_RULES].kind === "park";
}
