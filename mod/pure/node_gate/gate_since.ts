import type { ObservedNode } from "../objects/observed.ts";

/**
 * When the time of a node's gate began, in ms since the epoch: with the node, or, where its taints were
 * written when a gate of its own would have opened long since, with these. So a taint that somebody
 * adds to an old node has its time as well. Undefined: the API server does not tell.
 */
export function gateSince(
  { createdMs, taintsMs }: Pick<ObservedNode, "createdMs" | "taintsMs">,
  { isTainted, limitMs }: { readonly isTainted: boolean; readonly limitMs: number },
): number | undefined {
  const taintedMs = isTainted ? taintsMs : undefined;
  if (createdMs === undefined) return taintedMs;
  return taintedMs !== undefined && taintedMs > createdMs + limitMs ? taintedMs : createdMs;
}
