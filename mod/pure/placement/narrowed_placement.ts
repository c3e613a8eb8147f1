import type { NodeRequirement, NodeTerm, Placement } from "../objects/observed.ts";

/** A placement of which nodes have to meet further requirements as well. */
export function narrowedPlacement(
  placement: Placement,
  requirements: readonly NodeRequirement[],
): Placement {
  if (requirements.length === 0) return placement;
  const { affinity } = placement;
  if (affinity === undefined) {
    return { ...placement, affinity: [{ matchExpressions: requirements }] };
  }
  return { ...placement, affinity: affinity.map((term) => narrowedTerm(term, requirements)) };
}

function narrowedTerm(term: NodeTerm, requirements: readonly NodeRequirement[]): NodeTerm {
  const { matchExpressions = [], matchFields = [] } = term;
  // No node meets an empty term: with requirements some would.
  if (matchExpressions.length + matchFields.length === 0) return term;
  return { ...term, matchExpressions: [...matchExpressions, ...requirements] };
}
