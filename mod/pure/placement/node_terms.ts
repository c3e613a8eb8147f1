import type { NodeRequirement, NodeTerm, ObservedNode } from "../objects/observed.ts";

/**
 * Whether a node meets one of the terms, by the rules of `nodeaffinity.NodeSelector` in
 * k8s.io/component-helpers v0.35: no node meets a term without requirements, or one with a
 * requirement that is not well-formed.
 */
export function matchesTerms(
  terms: readonly NodeTerm[],
  node: Pick<ObservedNode, "name" | "labels">,
): boolean {
  return terms.some((term) => matchesTerm(term, node));
}

function matchesTerm(
  { matchExpressions = [], matchFields = [] }: NodeTerm,
  { name, labels }: Pick<ObservedNode, "name" | "labels">,
): boolean {
  return matchExpressions.length + matchFields.length > 0 &&
    matchExpressions.every((requirement) => matchesLabels(requirement, labels)) &&
    matchFields.every((requirement) => matchesFields(requirement, name));
}

function matchesLabels(
  { key, operator, values = [] }: NodeRequirement,
  labels: Readonly<Record<string, string>>,
): boolean {
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
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
  const is = integerOf(value);
  const than = values.length === 1 ? integerOf(values[0]) : undefined;
  return is !== undefined && than !== undefined && holds(is, than);
}

/** As Go's `strconv.ParseInt(text, 10, 64)`. */
function integerOf(text: string | undefined): bigint | undefined {
  if (text === undefined || !/^[+-]?[0-9]+$/.test(text)) return undefined;
  const integer = BigInt(text.replace(/^\+/, ""));
  return integer === BigInt.asIntN(64, integer) ? integer : undefined;
}
