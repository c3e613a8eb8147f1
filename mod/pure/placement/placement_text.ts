import type { NodeRequirement, NodeTerm, Placement } from "../objects/observed.ts";

/**
 * What nodes have to meet, in the words of `kubectl get nodes --selector`; undefined where that is
 * nothing. Taints are no part of it: what tolerates none fits every node that has none.
 */
export function placementText(
  { nodeSelector = {}, affinity, os, resources = [] }: Placement,
): string | undefined {
  const texts = [
    ...Object.entries(nodeSelector).map(([key, value]) => `${key}=${value}`),
    ...(affinity === undefined ? [] : [termsText(affinity)]),
    ...(os === undefined ? [] : [`os=${os}`]),
    ...resources.map((name) => `resource ${name}`),
  ];
  return texts.length === 0 ? undefined : texts.join(", ");
}

/** Most alternatives that are told one by one. */
const SHOWN = 3;

function termsText(terms: readonly NodeTerm[]): string {
  const texts = terms.slice(0, SHOWN).map(termText);
  if (terms.length > SHOWN) texts.push(`${terms.length - SHOWN} more`);
  return texts.length === 1 ? texts.join() : `(${texts.join(" or ") || "nothing"})`;
}

function termText({ matchExpressions = [], matchFields = [] }: NodeTerm): string {
  const texts = [...matchExpressions, ...matchFields].map(requirementText);
  return texts.length === 0 ? "nothing" : texts.join(", ");
}

function requirementText({ key, operator, values = [] }: NodeRequirement): string {
  const name = key === "metadata.name" ? "name" : key;
  const all = values.join(", ");
  switch (operator) {
    case "In":
      return values.length === 1 ? `${name}=${all}` : `${name} in (${all})`;
    case "NotIn":
      return values.length === 1 ? `${name}!=${all}` : `${name} notin (${all})`;
    case "Exists":
      return name;
    case "DoesNotExist":
      return `!${name}`;
    case "Gt":
      return `${name}>${all}`;
    case "Lt":
      return `${name}<${all}`;
    default:
      return `${name} ${operator} ${all}`;
  }
}
