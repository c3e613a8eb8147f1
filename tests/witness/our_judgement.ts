import { mayRun } from "../../mod/pure/wants/eligibility.ts";
import { observeObject } from "../../mod/pure/wants/observe_object.ts";

/** A pod and what there is in its cluster, as whole Kubernetes objects. */
export interface PlacementQuestion {
  readonly pod: object;
  readonly nodes: readonly object[];
  readonly runtimeClasses: readonly object[];
}

/** Names of the nodes that the pod may run on by our own rules, in the order of the nodes. */
export function nodesByUs({ pod, nodes }: PlacementQuestion): readonly string[] {
  const observed = observeObject(pod);
  if (observed.type !== "workload") throw new TypeError(`It is no pod: ${JSON.stringify(pod)}`);
  return nodes.flatMap((raw) => {
    const { node } = { node: undefined, ...observeObject(raw) };
    if (node === undefined) throw new TypeError(`It is no node: ${JSON.stringify(raw)}`);
    return mayRun(observed.workload.placement, node) ? [node.name] : [];
  });
}

/** Whether our rules look at all that places this pod. */
export function isJudgedByUs(pod: object): boolean {
  const text = JSON.stringify(pod);
  return !NOT_YET.some((unknown) => unknown.test(text));
}

/** RuntimeClasses; requests of extended resources; the system of a pod that names its node. */
const NOT_YET: readonly RegExp[] = [
  /"runtimeClassName"/,
  /"(nvidia|example)\.com\/(gpu|fpga|nic)":"\d/,
  /"nodeName".*"os":/,
];
