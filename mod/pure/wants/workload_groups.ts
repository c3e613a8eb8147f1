import { compareTexts } from "../compare_texts.ts";
import { kindNameOf, SPEAKING_KINDS } from "../objects/kinds.ts";
import type { ObservedPod, ObservedWorkload } from "../objects/observed.ts";
import { ObjectMap, type ObjectName } from "./object_map.ts";
import type { Remembered } from "./remembered.ts";

/**
 * A workload with the revisions it has and the pods that all of them made; its kind is what it is
 * called by those that it owns. Each pass fills it anew; what follows from it is kept in it.
 */
export interface WorkloadGroup extends ObjectName {
  /** The workload itself; undefined where its kind is not followed, or it is gone. */
  root: ObservedWorkload | undefined;
  readonly revisions: RevisionWithPods[];
  /** Pods that the workload has made without a revision between. */
  readonly pods: ObservedPod[];
  readonly remembered: Remembered;
}

/** A revision of a workload, such as a ReplicaSet, and what pods of it show. */
export interface RevisionWithPods {
  object: ObservedWorkload;
  readonly pods: ObservedPod[];
}

/** Objects by who speaks for them. */
export interface Grouped {
  readonly groups: Iterable<WorkloadGroup>;
  /** What pods show that were made by something that does not speak for them. */
  readonly others: readonly ObservedPod[];
}

/** What was filled in the pass of this number. */
type InPass<Filled> = Filled & { pass: number };

/** Puts workloads together with their revisions and pods, pass by pass. */
export class WorkloadGroups {
  readonly #groups = new ObjectMap<InPass<WorkloadGroup>>();
  readonly #revisions = new ObjectMap<InPass<RevisionWithPods>>();
  #pass = 0;

  /** One pass over all objects; `followed` are the names of the kinds that are followed. */
  fill(
    workloads: readonly ObservedWorkload[],
    pods: readonly ObservedPod[],
    followed: ReadonlySet<string>,
  ): Grouped {
    this.#pass++;
    const speaks = (kind: string) => SPEAKING_KINDS.has(kind) && followed.has(kind);
    const groups: WorkloadGroup[] = [];
    let filled = 0;
    for (const object of workloads) {
      const { owner, revision, namespace } = object;
      const kind = owner && kindNameOf(owner);
      const isRevision = revision !== undefined && kind !== undefined &&
        (revision.standsAlone !== true || speaks(kind));
      if (owner === undefined || kind === undefined || !isRevision) {
        this.#group(object, groups).root = object;
      } else {
        const group = this.#group({ kind, namespace, name: owner.name }, groups);
        group.revisions.push(this.#revision(object));
        filled++;
      }
    }
    const others: ObservedPod[] = [];
    for (const pod of pods) {
      const kind = kindNameOf(pod.owner);
      const owner = { kind, namespace: pod.namespace, name: pod.owner.name };
      const madeBy = this.#known(this.#revisions, owner) ??
        (speaks(kind) ? this.#known(this.#groups, owner) : undefined);
      (madeBy?.pods ?? others).push(pod);
    }
    if (this.#groups.size > groups.length) this.#groups.keepOnly((each) => this.#isFilled(each));
    if (this.#revisions.size > filled) this.#revisions.keepOnly((each) => this.#isFilled(each));
    return { groups, others };
  }

  #group(object: ObjectName, groups: WorkloadGroup[]): WorkloadGroup {
    let group = this.#groups.get(object);
    if (group === undefined) {
      const { kind, namespace, name } = object;
      group = {
        kind,
        namespace,
        name,
        root: undefined,
        revisions: [],
        pods: [],
        remembered: {},
        pass: 0,
      };
      this.#groups.set(group, group);
    }
    if (group.pass !== this.#pass) {
      group.pass = this.#pass;
      group.root = undefined;
      group.revisions.length = 0;
      group.pods.length = 0;
      groups.push(group);
    }
    return group;
  }

  #revision(object: ObservedWorkload): RevisionWithPods {
    let revision = this.#revisions.get(object);
    if (revision === undefined) {
      revision = { object, pods: [], pass: this.#pass };
      this.#revisions.set(object, revision);
    }
    revision.pass = this.#pass;
    revision.object = object;
    revision.pods.length = 0;
    return revision;
  }

  #known<Filled extends { pass: number }>(
    all: ObjectMap<Filled>,
    object: ObjectName,
  ): Filled | undefined {
    const known = all.get(object);
    return known !== undefined && this.#isFilled(known) ? known : undefined;
  }

  #isFilled({ pass }: { readonly pass: number }): boolean {
    return pass === this.#pass;
  }
}

/** Orders revisions by number, and those without one by when they were made. */
export function newestFirst(left: RevisionWithPods, right: RevisionWithPods): number {
  const [ours, theirs] = [left.object.revision, right.object.revision];
  return (theirs?.number ?? 0) - (ours?.number ?? 0) ||
    compareTexts(theirs?.createdAt ?? "", ours?.createdAt ?? "");
}
