import type { ObservedNamespace, ObservedPod, ObservedWorkload } from "../objects/observed.ts";
import type { GateFor } from "../node_gate/gate_rules.ts";
import type { PrivateMode, PrivateRules } from "../private_images/private_mode.ts";
import { AskedAlso } from "./asked_also.ts";
import type { Asked } from "./asked.ts";
import { type BothMarks, EffectiveMarks, marksOfGroup } from "./effective_marks.ts";
import { GatheredWants } from "./gathered_wants.ts";
import { LearnedChanges } from "./learned_changes.ts";
import type { SeenObjects } from "./seen_objects.ts";
import { spaceFilter, type SpaceRules } from "./space_rules.ts";
import type { Remembered } from "./remembered.ts";
import { spokenOf } from "./spoken_of.ts";
import { Timetable } from "./timetable.ts";
import type { WantedSet } from "./wanted_set.ts";
import { type WorkloadGroup, WorkloadGroups } from "./workload_groups.ts";

/** The part of a source's observation from which wants follow. */
export interface WantsInput {
  /** Names of the kinds that are followed. */
  readonly kinds: ReadonlySet<string>;
  readonly seen: SeenObjects;
  /** Monotonic time in ms: what pods showed is forgotten some time after they are gone. */
  readonly nowMs: number;
  /** The time of day (ms since the epoch): when schedules run. */
  readonly wallMs: number;
}

/** What counts, and how long what was learned does. */
export interface WantsRules extends SpaceRules {
  /** How many revisions before the current one stay wanted, for a rollback. */
  readonly keepRevisions: number;
  /** How long before its run the images of a schedule are wanted, in ms; undefined: always. */
  readonly cronLeadMs?: number | undefined;
  /** Whether only what is marked `warm-images/watch: "true"` counts, or lies in such a namespace. */
  readonly onlyMarked?: boolean;
  /** Which private images may be kept; absent: as without any setting. */
  readonly private?: PrivateRules | undefined;
  /** What counts for namespaces without that mark; absent: off. */
  readonly privateWhereUnmarked?: PrivateMode | undefined;
  /** What is due on new nodes; undefined: nothing, as nodes have no gates. */
  readonly gateFor?: GateFor | undefined;
}

/**
 * Folds all wants into one entry per image, by the rules. Each pass goes over the whole truth; what
 * follows from objects that are the same as in the pass before is not made out anew. Also remembers
 * what pods showed.
 */
export class WantsFold {
  readonly #rules: WantsRules;
  readonly #learned: LearnedChanges;
  readonly #also = new AskedAlso();
  readonly #groups = new WorkloadGroups();
  readonly #bothMarks: BothMarks = new WeakMap();
  readonly #gathered: GatheredWants;
  readonly #ofPods = new WeakMap<ObservedPod, PodAsking>();
  readonly #timetable: Timetable;

  /** `forgetAfterMs` is how long what pods showed counts after the last of them. */
  constructor(rules: WantsRules, forgetAfterMs: number) {
    this.#rules = rules;
    this.#learned = new LearnedChanges(forgetAfterMs);
    this.#gathered = new GatheredWants(rules);
    this.#timetable = new Timetable(rules.cronLeadMs);
  }

  /** One pass over all objects. */
  fold({ kinds, seen, nowMs, wallMs }: WantsInput): WantedSet {
    const gathered = this.#gathered;
    gathered.begin(seen);
    this.#learned.begin(nowMs);
    const { workloads, pods, namespaces } = this.#selected(seen);
    const { onlyMarked = false } = this.#rules;
    const effective = new EffectiveMarks(namespaces, { onlyMarked, both: this.#bothMarks });
    const { groups, others } = this.#groups.fill(workloads, pods, kinds);
    for (const group of groups) {
      const marks = effective.of(group.namespace, marksOfGroup(group));
      if (marks === undefined) continue;
      const asked = this.#askedOf(group, wallMs);
      const also = this.#also.of(group.root, marks);
      const { namespace } = group;
      gathered.add(
        also === undefined ? asked : [...asked, also],
        { namespace, marks },
        group.remembered,
      );
      if (!group.root?.skip) gathered.addFaults(group.root ?? group.revisions[0]?.object);
    }
    for (const pod of others) {
      const marks = effective.of(pod.namespace, pod.marks);
      if (marks === undefined) continue;
      const { asked, remembered } = this.#ofItself(pod);
      gathered.add([asked], { namespace: pod.namespace, marks }, remembered);
      gathered.addFaults({ ...asked.reason, faults: pod.faults });
    }
    for (const namespace of namespaces) gathered.addFaults(ofNamespace(namespace));
    const nextAtMs = this.#learned.nextAtMs();
    const nextInMs = nextAtMs === undefined ? undefined : nextAtMs - nowMs;
    return { ...gathered.end(wallMs), nextInMs };
  }

  #askedOf(group: WorkloadGroup, wallMs: number) {
    const learned = this.#learned.of(group);
    // Between its runs a schedule has no pods, and the next ones will be as the last were.
    if (group.root?.schedule !== undefined) this.#learned.keep(group);
    const speaker = this.#timetable.speaker(group, wallMs);
    const { keepRevisions } = this.#rules;
    const { asked, contradicted, changes } = spokenOf(speaker, { keepRevisions, learned });
    if (changes !== undefined) this.#learned.learn(group, changes);
    this.#gathered.contradict(contradicted);
    return this.#timetable.timed(asked, group, wallMs);
  }

  /** A pod whose owner does not speak for it. */
  #ofItself(pod: ObservedPod): PodAsking {
    const known = this.#ofPods.get(pod);
    if (known !== undefined) return known;
    const { namespace, owner, shape, neededBy } = pod;
    // Its own name would make it differ from its like.
    const reason = { kind: "Pod", namespace, name: owner.name, of: owner };
    const asking = { asked: { reason, shape, neededBy, isLive: true as const }, remembered: {} };
    this.#ofPods.set(pod, asking);
    return asking;
  }

  #selected({ workloads, pods, namespaces }: SeenObjects) {
    const skipped = new Set<string>();
    for (const { name, skip } of namespaces) if (skip) skipped.add(name);
    const counts = spaceFilter(this.#rules, skipped);
    const isIn = ({ namespace }: ObservedWorkload | ObservedPod) => counts(namespace);
    return {
      workloads: workloads.filter(isIn),
      pods: pods.filter(isIn),
      namespaces: namespaces.filter(({ name }) => counts(name)),
    };
  }
}

/** What a pod asks for that speaks for itself. */
interface PodAsking {
  readonly asked: Asked;
  readonly remembered: Remembered;
}

function ofNamespace({ name, faults = [] }: ObservedNamespace) {
  return { kind: "Namespace", namespace: "", name, faults };
}
