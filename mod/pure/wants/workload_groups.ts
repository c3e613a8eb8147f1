import { kindNameOf, SPEAKING_KINDS } from "../objects/kinds.ts";
import type { ObservedPod, ObservedWorkload } from "../objects/observed.ts";

/** A workload with the revisions it has and the pods that all of them made. */
export interface WorkloadGroup {
  readonly namespace: string;
  /** What it is called by those that it owns. */
  readonly kind: string;
  readonly name: string;
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
  const groups = new Map<string, WorkloadGroup>();
  const revisions = new Map<string, RevisionWithPods>();
  const groupOf = (namespace: string, kind: string, name: string): WorkloadGroup => {
    const key = keyOf(kind, namespace, name);
    const group = groups.get(key) ?? { namespace, kind, name, revisions: [], pods: [] };
    groups.set(key, group);
    return group;
  };
  for (const object of workloads) {
    const { owner, revision, kind, namespace, name } = object;
    const ownerKind = owner && kindNameOf(owner);
    const isRevision = revision !== undefined && ownerKind !== undefined &&
      (revision.standsAlone !== true || speaks(ownerKind));
    if (owner === undefined || ownerKind === undefined || !isRevision) {
      groupOf(namespace, kind, name).root = object;
      continue;
    }
    const withPods: RevisionWithPods = { object, pods: [] };
    groupOf(namespace, ownerKind, owner.name).revisions.push(withPods);
    revisions.set(keyOf(kind, namespace, name), withPods);
  }
  const others: ObservedPod[] = [];
  for (const pod of pods) {
    const kind = kindNameOf(pod.owner);
    const key = keyOf(kind, pod.namespace, pod.owner.name);
    const group = revisions.get(key) ?? (speaks(kind) ? groups.get(key) : undefined);
    (group?.pods ?? others).push(pod);
  }
  return { groups: groups.values(), others };
}

function keyOf(kind: string, namespace: string, name: string): string {
  return `${kind} ${namespace}/${name}`;
}
