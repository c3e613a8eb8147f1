import type { ObservedNode, Placement, Taint, Toleration } from "../objects/observed.ts";
import { asInt64 } from "./int64.ts";
import { matchesTerms } from "./node_terms.ts";
import { TRANSIENT_TAINTS } from "./transient_taints.ts";

/** What of a node decides which pods it may run. */
export type NodeFacts = Pick<
  ObservedNode,
  "name" | "labels" | "taints" | "os" | "unschedulable" | "skip" | "resources"
>;

/** Every node but those that ask to be skipped, whatever their taints. */
export const ANYWHERE: Placement = { tolerations: [{ operator: "Exists" }] };

/** What keeps pods with a placement off a node. */
export type Obstacle =
  | { readonly type: "skipped" }
  | { readonly type: "os" }
  | { readonly type: "selector"; readonly key: string }
  /** The node meets none of the terms. */
  | { readonly type: "affinity" }
  | { readonly type: "taint"; readonly taint: Taint }
  | { readonly type: "cordoned" }
  | { readonly type: "resource"; readonly name: string };

/** Whether a pod with this placement may run on the node: nothing keeps it off (`obstacleTo()`). */
export function mayRun(placement: Placement, node: NodeFacts): boolean {
  return obstacleTo(placement, node) === undefined;
}

/**
 * The first thing that keeps a pod with this placement off the node, by the rules of the Kubernetes
 * scheduler (1.37: plug-ins NodeAffinity, TaintToleration, NodeUnschedulable, and NodeResourcesFit
 * for extended resources and huge pages) and kubelet (`spec.os`).
 * Otherwise room on the node is not considered, nor are transient taints.
 */
export function obstacleTo(placement: Placement, node: NodeFacts): Obstacle | undefined {
  if (node.skip) return SKIPPED;
  const { os, nodeSelector, affinity, tolerations = [] } = placement;
  if (os !== undefined && node.os !== "" && os !== node.os) return OTHER_OS;
  for (const key in nodeSelector) {
    if (node.labels[key] !== nodeSelector[key]) return { type: "selector", key };
  }
  if (affinity !== undefined && !matchesTerms(affinity, node)) return OTHER_AFFINITY;
  if (node.unschedulable && !tolerated(UNSCHEDULABLE, tolerations)) return CORDONED;
  const taint = node.taints.find((taint) => keepsAway(taint) && !tolerated(taint, tolerations));
  if (taint !== undefined) return { type: "taint", taint };
  const name = missingResource(placement, node);
  return name === undefined ? undefined : { type: "resource", name };
}

const SKIPPED: Obstacle = { type: "skipped" };
const OTHER_OS: Obstacle = { type: "os" };
const OTHER_AFFINITY: Obstacle = { type: "affinity" };
const CORDONED: Obstacle = { type: "cordoned" };

const UNSCHEDULABLE: Taint = { key: "node.kubernetes.io/unschedulable", effect: "NoSchedule" };

/** A node whose resources are not known may have any: it may be about to register them. */
function missingResource(
  { resources: wanted }: Placement,
  { resources }: NodeFacts,
): string | undefined {
  return resources && wanted?.find((name) => !resources.includes(name));
}

function keepsAway({ key, effect }: Taint): boolean {
  return (effect === "NoSchedule" || effect === "NoExecute") && !TRANSIENT_TAINTS.has(key);
}

function tolerated(taint: Taint, tolerations: readonly Toleration[]): boolean {
  return tolerations.some((toleration) => tolerates(toleration, taint));
}

/**
 * `Toleration.ToleratesTaint` of k8s.io/api v0.37. Where the operators that compare numbers are not
 * switched on (feature gate TaintTolerationComparisonOperators), the API server takes none.
 */
function tolerates(toleration: Toleration, taint: Taint): boolean {
  if (toleration.effect && toleration.effect !== taint.effect) return false;
  if (toleration.key && toleration.key !== taint.key) return false;
  switch (toleration.operator ?? "") {
    case "":
    case "Equal":
      return (toleration.value ?? "") === (taint.value ?? "");
    case "Exists":
      return true;
    case "Lt":
      return compareIntegers(taint.value, toleration.value, (is, than) => is < than);
    case "Gt":
      return compareIntegers(taint.value, toleration.value, (is, than) => is > than);
    default:
      return false;
  }
}

/** Both have to be as a human would write them: no leading zeros, no plus sign. */
function compareIntegers(
  left: string | undefined,
  right: string | undefined,
  compare: (left: bigint, right: bigint) => boolean,
): boolean {
  const [is, than] = [left, right].map((text) =>
    CANONICAL.test(text ?? "") ? asInt64(text) : undefined
  );
  return is !== undefined && than !== undefined && compare(is, than);
}

/** `IsDecimalInteger` of k8s.io/apimachinery v0.37. */
const CANONICAL = /^(?:0|-?[1-9][0-9]*)$/;
