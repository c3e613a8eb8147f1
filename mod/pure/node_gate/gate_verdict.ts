import { type DueStanding, isEnough } from "./due_standing.ts";

/** Why a gate opens. */
export type OpenedBy = "warm" | "nothing_due" | "limit";

/** What is known of a node whose gate is shut; times are ms since the epoch by the API server's clock. */
export interface ShutGate {
  /** When its gate opens whatever is missing. */
  readonly untilMs: number;
  /** Whether its labels are still to come, such as those of its zone: what is due is not known then. */
  readonly isUnlabelled: boolean;
  /** Canonical references; undefined: not all objects were read yet. */
  readonly due: readonly string[] | undefined;
  /** By a report of this very node; undefined: its agent has not reported yet. */
  readonly standing: DueStanding | undefined;
  /** How much of what is due is enough, above 0 and at most 1. */
  readonly share: number;
}

/** Whether a gate opens, and why; else until when it stays shut if nothing changes. */
export type GateVerdict =
  | { readonly opens: true; readonly by: OpenedBy }
  | { readonly opens: false; readonly untilMs: number };

/** Judges a gate: warm before the limit, and at the limit whatever is missing. */
export function gateVerdict(gate: ShutGate, nowMs: number): GateVerdict {
  const { untilMs, isUnlabelled, due, standing, share } = gate;
  if (due !== undefined && !isUnlabelled) {
    if (due.length === 0) return { opens: true, by: "nothing_due" };
    if (standing !== undefined && isEnough(standing, share)) return { opens: true, by: "warm" };
  }
  return nowMs >= untilMs ? { opens: true, by: "limit" } : { opens: false, untilMs };
}
