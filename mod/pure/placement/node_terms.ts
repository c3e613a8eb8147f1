import type { NodeRequirement, NodeTerm, ObservedNode } from "../objects/observed.ts";
import { asInt64 } from "./int64.ts";
import { isLabelKey, isLabelValue } from "./label_syntax.ts";

/** What of a node the terms are about. */
type NamedNode = Pick<ObservedNode, "name" | "labels">;

/**
 * Whether a node meets one of the terms, by the rules of `nodeaffinity.NodeSelector` in
 * k8s.io/component-helpers v0.37: no node meets a term without requirements, or one with a
 * requirement that is not well-formed.
 */
export function matchesTerms(terms: readonly NodeTerm[], node: NamedNode): boolean {
  return terms.some((term) => matchesTerm(term, node));
}

/** The first requirement of a term that a node does not meet. */
export function unmetRequirement(
  { matchExpressions, matchFields }: NodeTerm,
  { name, labels }: NamedNode,
): NodeRequirement | undefined {
  return matchExpressions?.find((requirement) => !matchesLabels(requirement, labels)) ??
    matchFields?.find((requirement) => !matchesFields(requirement, name));
}

function matchesTerm(term: NodeTerm, node: NamedNode): boolean {
  const { matchExpressions = [], matchFields = [] } = term;
  return matchExpressions.length + matchFields.length > 0 &&
    unmetRequirement(term, node) === undefined;
}

/** `labels.NewRequirement` and `Requirement.Matches` of k8s.io/apimachinery v0.37. */
function matchesLabels(
  { key, operator, values = [] }: NodeRequirement,
  labels: Readonly<Record<string, string>>,
): boolean {
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
  return isMet(operator, value, values) && isLabelKey(key) && values.every(isLabelValue);
}

function isMet(operator: string, value: string | undefined, values: readonly string[]): boolean {
  switch (operator) {
    case "In":
      return value !== undefined && values.includes(value);
    case "NotIn":
      return values.length > 0 && (value === undefined || !values.includes(value));
    case "Exists":
      return values.length === 0 && value !== undefined;
    case "DoesNotExist":
      return values.length === 0 && value === undefined;
    case "Gt":
      return compare(value, values, (is, than) => is > than);
    case "Lt":
      return compare(value, values, (is, than) => is < than);
    default:
      return false;
  }
}

/** Fields take `In` and `NotIn` with exactly one value; the only field is `metadata.name`. */
function matchesFields({ key, operator, values = [] }: NodeRequirement, name: string): boolean {
  const [wanted] = values;
  if (values.length !== 1 || wanted === undefined) return false;
  const value = key === "metadata.name" ? name : "";
  if (operator === "In") return value === wanted;
  return operator === "NotIn" && value !== wanted;
}

function compare(
  value: string | undefined,
  values: readonly string[],
  holds: (is: bigint, than: bigint) => boolean,
): boolean {
  const is = asInt64(value);
  const than = values.length === 1 ? asInt64(values[0]) : undefined;
  return is !== undefined && than !== undefined && holds(is, than);
}
