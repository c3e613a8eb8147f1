import { findKind } from "../../mod/pure/objects/kinds.ts";
import type { Observed } from "../../mod/pure/objects/observed.ts";
import { mayRun } from "../../mod/pure/placement/eligibility.ts";
import { PodClasses } from "../../mod/pure/wants/pod_classes.ts";

/** A pod and what there is in its cluster, as whole Kubernetes objects. */
export interface PlacementQuestion {
  readonly pod: object;
  readonly nodes: readonly object[];
  readonly runtimeClasses: readonly object[];
}

/** Names of the nodes that the pod may run on by our own rules, in the order of the nodes. */
export function nodesByUs({ pod, nodes, runtimeClasses }: PlacementQuestion): readonly string[] {
  const [shape] = observed("workload", "", "Pod", pod).workload.shapes;
  if (shape === undefined) throw new TypeError(`It is no pod: ${JSON.stringify(pod)}`);
  const classes = runtimeClasses.map((raw) =>
    observed("runtimeClass", "node.k8s.io", "RuntimeClass", raw).runtimeClass
  );
  const placement = new PodClasses(classes, []).placementOf(shape);
  return nodes.map((raw) => observed("node", "", "Node", raw).node)
    .filter((node) => mayRun(placement, node)).map(({ name }) => name);
}

function observed<Type extends Observed["type"]>(
  type: Type,
  group: string,
  kind: string,
  raw: object,
): Extract<Observed, { type: Type }> {
  const seen = findKind({ group, kind })?.observe({ ...raw }, kind);
  if (seen?.type !== type) throw new TypeError(`It is no ${kind}: ${JSON.stringify(raw)}`);
  return seen as Extract<Observed, { type: Type }>;
}
