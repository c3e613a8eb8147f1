import type { ObservedNode, Placement, Taint, Toleration } from "../objects/observed.ts";
import { matchesTerms } from "./node_terms.ts";
import { TRANSIENT_TAINTS } from "./transient_taints.ts";

/** What of a node decides which pods it may run. */
export type NodeFacts = Pick<
  ObservedNode,
  "name" | "labels" | "taints" | "os" | "unschedulable" | "skip" | "resources"
>;

/** Every node but those that ask to be skipped, whatever their taints. */
export const ANYWHERE: Placement = { tolerations: [{ operator: "Exists" }] };

/**
 * Whether a pod with this placement may run on the node, by the rules of the Kubernetes scheduler
 * (1.35: plug-ins NodeAffinity, TaintToleration, NodeUnschedulable, and
 * NodeResourcesFit for extended resources) and kubelet (`spec.os`).
 * Otherwise room on the node is not considered, nor are transient taints.
 */
export function mayRun(placement: Placement, node: NodeFacts): boolean {
  return !node.skip &&
    runsOnOs(placement, node) &&
    matchesNodeSelector(placement, node) &&
    (placement.affinity === undefined || matchesTerms(placement.affinity, node)) &&
    toleratesNode(placement.tolerations ?? [], node) &&
    hasResources(placement, node);
}

const UNSCHEDULABLE: Taint = { key: "node.kubernetes.io/unschedulable", effect: "NoSchedule" };

function runsOnOs({ os }: Placement, node: NodeFacts): boolean {
  return os === undefined || node.os === "" || os === node.os;
}

function matchesNodeSelector({ nodeSelector = {} }: Placement, { labels }: NodeFacts): boolean {
  return Object.entries(nodeSelector).every(([key, value]) => labels[key] === value);
}

/** A node whose resources are not known may have any: it may be about to register them. */
function hasResources({ resources: wanted = [] }: Placement, { resources }: NodeFacts): boolean {
  return resources === undefined || wanted.every((name) => resources.includes(name));
}

function toleratesNode(tolerations: readonly Toleration[], node: NodeFacts): boolean {
  const keepsPodsAway = (taint: Taint) =>
    (taint.effect === "NoSchedule" || taint.effect === "NoExecute") &&
    !TRANSIENT_TAINTS.has(taint.key);
  const taints = node.taints.filter(keepsPodsAway);
  if (node.unschedulable) taints.push(UNSCHEDULABLE);
  return taints.every((taint) => tolerations.some((toleration) => tolerates(toleration, taint)));
}

/** `Toleration.ToleratesTaint` of k8s.io/api v0.35. */
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

function compareIntegers(
  left: string | undefined,
  right: string | undefined,
  compare: (left: bigint, right: bigint) => boolean,
): boolean {
  const decimal = /^(?:0|-?[1-9][0-9]*)$/;
  if (!decimal.test(left ?? "") || !decimal.test(right ?? "")) return false;
  return compare(BigInt(left ?? ""), BigInt(right ?? ""));
}
