/** An agent beats once a minute: one that has been silent for longer has missed two. */
export const SILENT_MS = 3 * 60_000;

/** How many nodes have an agent that beats, and how old the oldest of their signs is. */
export interface AgentStates {
  readonly fresh: number;
  readonly stale: number;
  readonly missing: number;
  /** 0 without any agent. */
  readonly oldestMs: number;
}

/**
 * Judges the agents, by name of the node, by when they gave their last sign: a beat, or a report, as
 * those of version 0.1.0 do not beat. A node that is gone has no agent to miss; where no nodes are
 * known, as with manifests, every agent counts.
 */
export function agentStates(
  nodes: readonly { readonly name: string }[],
  agents: ReadonlyMap<string, { readonly seenAt: number }>,
  now: number,
): AgentStates {
  const names = nodes.length > 0 ? nodes.map(({ name }) => name) : [...agents.keys()];
  const states = { fresh: 0, stale: 0, missing: 0, oldestMs: 0 };
  for (const name of names) {
    const seenAt = agents.get(name)?.seenAt;
    if (seenAt === undefined) {
      states.missing++;
      continue;
    }
    states[now - seenAt > SILENT_MS ? "stale" : "fresh"]++;
    states.oldestMs = Math.max(states.oldestMs, now - seenAt);
  }
  return states;
}

/**
 * When a value that was read from the start was written, in ms by the clock of `now`: its agent's
 * time of day says it, unless that is unreadable, or of the future as clocks differ.
 */
export function writtenAt(
  at: string,
  now: { readonly wallMs: number; readonly monotonicMs: number },
): number {
  const ageMs = now.wallMs - Date.parse(at);
  return now.monotonicMs - (ageMs > 0 ? ageMs : 0);
}
