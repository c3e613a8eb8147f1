import type { NodeRequirement, Placement, Taint } from "../objects/observed.ts";
import { type NodeFacts, obstacleTo } from "./eligibility.ts";
import { unmetRequirement } from "./node_terms.ts";

/**
 * What keeps pods with this placement off the node, in words that finish "not on NODE: …";
 * undefined where they may run. Of several things it is the first.
 */
export function whyNot(placement: Placement, node: NodeFacts): string | undefined {
  const obstacle = obstacleTo(placement, node);
  switch (obstacle?.type) {
    case undefined:
      return undefined;
    case "skipped":
      return "asks to be skipped";
    case "os":
      return `os is ${node.os}`;
    case "selector":
      return labelText(obstacle.key, node);
    case "affinity":
      return termsText(placement.affinity ?? [], node);
    case "taint":
      return `taint "${taintText(obstacle.taint)}"`;
    case "cordoned":
      return "is cordoned";
    case "resource":
      return `no resource "${obstacle.name}"`;
    default:
      return obstacle satisfies undefined;
  }
}

/**
 * What keeps all pods with one of these placements off the node, in words that finish "not on NODE:
 * …"; undefined where some may run: exactly where `mayRun` is true of one of them.
 */
export function whyOnNone(placements: readonly Placement[], node: NodeFacts): string | undefined {
  const whys = new Set<string>();
  for (const placement of placements) {
    const why = whyNot(placement, node);
    if (why === undefined) return undefined;
    whys.add(why);
  }
  return joinedWhys(whys);
}

/** Several reasons as one, those of each placement. */
export function joinedWhys(whys: ReadonlySet<string | undefined>): string {
  const told = [...whys].slice(0, TOLD);
  if (whys.size > TOLD) told.push(`${whys.size - TOLD} more reasons`);
  return told.join(" and ") || "no pods that want it may run anywhere";
}

/** Most reasons that are told of one node. */
const TOLD = 3;

function labelText(key: string, { labels }: NodeFacts): string {
  return Object.hasOwn(labels, key) ? `label "${key}" is "${labels[key]}"` : `no label "${key}"`;
}

/** Of several terms what they have in common is said, where there is such a thing. */
function termsText(terms: NonNullable<Placement["affinity"]>, node: NodeFacts): string {
  const texts = new Set(terms.map((term) => {
    const unmet = unmetRequirement(term, node);
    return unmet === undefined ? NO_TERM : requirementText(unmet, node);
  }));
  const [only = NO_TERM] = texts;
  return texts.size > 1 ? `meets none of ${terms.length} node selector terms` : only;
}

const NO_TERM = "its node affinity matches no node";

function requirementText({ key, operator }: NodeRequirement, node: NodeFacts): string {
  if (key === "metadata.name") {
    return operator === "In" ? "is another node" : "is named as excluded";
  }
  return labelText(key, node);
}

/** As kubectl writes taints: `key=value:effect`. */
export function taintText({ key, value, effect }: Taint): string {
  return value ? `${key}=${value}:${effect}` : `${key}:${effect}`;
}
