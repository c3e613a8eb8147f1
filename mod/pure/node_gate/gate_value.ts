import type { NodeGateValue } from "../bucket/wire.ts";
import { withoutUnset } from "../without_unset.ts";

/** What of a shut gate its node is told. */
export interface ToldGate {
  readonly due: readonly string[];
  /** How much of what is due is enough, above 0 and at most 1. */
  readonly share: number;
  /** Ms since the epoch. */
  readonly untilMs: number;
  /** Most bytes that the images may take: those that are pulled first are named. */
  readonly mostBytes: number;
}

/**
 * A shut gate as the bucket has it. Images that it has no room for are pulled after the others, and the
 * gate waits for them all the same.
 */
export function gateValue({ due, share, untilMs, mostBytes }: ToldGate): NodeGateValue {
  return withoutUnset({
    due: withinBytes(due, mostBytes),
    share: share < 1 ? share : undefined,
    until: new Date(Math.min(untilMs, LAST_MS)).toISOString(),
  });
}

/** The last time that there is a text for: https://tc39.es/ecma262/#sec-time-values-and-time-range */
const LAST_MS = 8.64e15;

/** Canonical references are ASCII without quotes: each takes two of these and a comma more. */
function withinBytes(due: readonly string[], mostBytes: number): readonly string[] {
  let bytes = 0;
  const end = due.findIndex((image) => (bytes += image.length + 3) > mostBytes);
  return end < 0 ? due : due.slice(0, end);
}
