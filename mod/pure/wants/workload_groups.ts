import { kindNameOf, SPEAKING_KINDS } from "../objects/kinds.ts";
import type { ObservedPod, ObservedWorkload } from "../objects/observed.ts";
import { ObjectMap, type ObjectName } from "./object_map.ts";

/**
 * A workload with the revisions it has and the pods that all of them made; its kind is what it is
 * called by those that it owns.
 */
export interface WorkloadGroup extends ObjectName {
  /** The workload itself; absent where its kind is not followed, or it is gone. */
  root?: ObservedWorkload;
  readonly revisions: RevisionWithPods[];
  /** Pods that the workload has made without a revision between. */
  readonly pods: ObservedPod[];
}

/** A revision of a workload, such as a ReplicaSet, and what pods of it show. */
export interface RevisionWithPods {
  readonly object: ObservedWorkload;
  readonly pods: ObservedPod[];
}

/** Objects by who speaks for them. */
export interface Grouped {
  readonly groups: Iterable<WorkloadGroup>;
  /** What pods show that were made by something that does not speak for them. */
  readonly others: readonly ObservedPod[];
}

/**
 * Puts workloads together with their revisions and pods. `speaks` tells of the name of a kind
 * whether it is followed and speaks for what it owns.
 */
export function groupWorkloads(
  workloads: readonly ObservedWorkload[],
  pods: readonly ObservedPod[],
  followed: ReadonlySet<string>,
): Grouped {
  const speaks = (kind: string) => SPEAKING_KINDS.has(kind) && followed.has(kind);
  const groups: WorkloadGroup[] = [];
  const byName = new ObjectMap<WorkloadGroup>();
  const revisions = new ObjectMap<RevisionWithPods>();
  const groupOf = (object: ObjectName): WorkloadGroup => {
    const known = byName.get(object);
    if (known !== undefined) return known;
    const { kind, namespace, name } = object;
    const group: WorkloadGroup = { kind, namespace, name, revisions: [], pods: [] };
    byName.set(group, group);
    groups.push(group);
    return group;
  };
  for (const object of workloads) {
    const { owner, revision, namespace } = object;
    const kind = owner && kindNameOf(owner);
    const isRevision = revision !== undefined && kind !== undefined &&
      (revision.standsAlone !== true || speaks(kind));
    if (owner === undefined || kind === undefined || !isRevision) {
      groupOf(object).root = object;
      continue;
    }
    const withPods: RevisionWithPods = { object, pods: [] };
    groupOf({ kind, namespace, name: owner.name }).revisions.push(withPods);
    revisions.set(object, withPods);
  }
  const others: ObservedPod[] = [];
  for (const pod of pods) {
    const kind = kindNameOf(pod.owner);
    const owner = { kind, namespace: pod.namespace, name: pod.owner.name };
    const group = revisions.get(owner) ?? (speaks(kind) ? byName.get(owner) : undefined);
    (group?.pods ?? others).push(pod);
  }
  return { groups, others };
}
