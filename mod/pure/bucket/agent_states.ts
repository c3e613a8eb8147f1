import { reportKey } from "./state_keys.ts";

/** An agent writes its report at least once a minute: an older one has missed two. */
const FRESH_MS = 3 * 60_000;

/** How many nodes have an agent that reports, and how old the oldest of their reports is. */
export interface AgentStates {
  readonly fresh: number;
  readonly stale: number;
  readonly missing: number;
  /** 0 without any report. */
  readonly oldestMs: number;
}

/**
 * Judges the agents by when their reports were seen last, by key. A node that is gone has no agent
 * to miss; where no nodes are known, as with manifests, every report counts.
 */
export function agentStates(
  nodes: readonly { readonly name: string }[],
  reports: ReadonlyMap<string, { readonly seenAt: number }>,
  now: number,
): AgentStates {
  const keys = nodes.length > 0 ? nodes.map(({ name }) => reportKey(name)) : [...reports.keys()];
  const states = { fresh: 0, stale: 0, missing: 0, oldestMs: 0 };
  for (const key of keys) {
    const seenAt = reports.get(key)?.seenAt;
    if (seenAt === undefined) {
      states.missing++;
      continue;
    }
    states[now - seenAt > FRESH_MS ? "stale" : "fresh"]++;
    states.oldestMs = Math.max(states.oldestMs, now - seenAt);
  }
  return states;
}
