import { parseImageReference } from "../images/image_reference.ts";
import type { ObservedNamespace, ObservedPod, ObservedWorkload } from "../objects/observed.ts";
import { ANYWHERE } from "../placement/eligibility.ts";
import { narrowedPlacement } from "../placement/narrowed_placement.ts";
import { askedAlso } from "./asked_also.ts";
import type { Asked, WantReason, WantsFault } from "./asked.ts";
import { EffectiveMarks, markedPriority, marksOfGroup } from "./effective_marks.ts";
import { LearnedChanges } from "./learned_changes.ts";
import { PodClasses } from "./pod_classes.ts";
import { speak } from "./revisions.ts";
import type { SeenObjects } from "./seen_objects.ts";
import { ignoresImage, spaceFilter, type SpaceRules } from "./space_rules.ts";
import { Timetable } from "./timetable.ts";
import { WantedEntry, type WantedImage } from "./wanted_entry.ts";
import { groupWorkloads, type WorkloadGroup } from "./workload_groups.ts";

/** Everything that is wanted. Does not depend on the order of the input. */
export interface WantedSet {
  /** By canonical reference, in its order. */
  readonly images: ReadonlyMap<string, WantedImage>;
  readonly faults: readonly WantsFault[];
}

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
}

/** Folds all wants into one entry per image, by the rules; remembers what pods showed. */
export class WantsFold {
  readonly #rules: WantsRules;
  readonly #learned: LearnedChanges;
  readonly #timetable: Timetable;

  /** `forgetAfterMs` is how long what pods showed counts after the last of them. */
  constructor(rules: WantsRules, forgetAfterMs: number) {
    this.#rules = rules;
    this.#learned = new LearnedChanges(forgetAfterMs);
    this.#timetable = new Timetable(rules.cronLeadMs);
  }

  /** One pass over all objects. */
  fold({ kinds, seen, nowMs, wallMs }: WantsInput): WantedSet {
    const gathered = new Gathered(this.#rules, seen);
    const { workloads, pods, namespaces } = this.#selected(seen);
    const { onlyMarked = false } = this.#rules;
    const effective = new EffectiveMarks(namespaces, { onlyMarked });
    const { groups, others } = groupWorkloads(workloads, pods, kinds);
    for (const group of groups) {
      const marks = effective.of(group.namespace, marksOfGroup(group));
      if (marks === undefined) continue;
      for (const each of this.#askedOf(group, { nowMs, wallMs })) gathered.add({ ...each, marks });
      if (group.root?.also) gathered.add({ ...askedAlso(group, marks), marks });
      if (!group.root?.skip) gathered.addFaults(group.root ?? group.revisions[0]?.object);
    }
    for (const pod of others) {
      const marks = effective.of(pod.namespace, pod.marks);
      if (marks === undefined) continue;
      gathered.add({ ...ofItself(pod), marks });
      gathered.addFaults({ ...ofItself(pod).reason, faults: pod.faults });
    }
    for (const namespace of namespaces) gathered.addFaults(ofNamespace(namespace));
    this.#learned.forget(nowMs);
    gathered.addListed();
    return gathered.set(wallMs);
  }

  #askedOf(group: WorkloadGroup, { nowMs, wallMs }: Pick<WantsInput, "nowMs" | "wallMs">) {
    const workload = `${group.kind} ${group.namespace}/${group.name}`;
    const { keepRevisions } = this.#rules;
    const learned = this.#learned.of(workload);
    const speaker = this.#timetable.speaker(group, wallMs);
    const { asked, changes } = speak(speaker, { keepRevisions, learned });
    if (changes !== undefined) this.#learned.learn(workload, changes, nowMs);
    return this.#timetable.timed(asked, group, wallMs);
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

/** A pod whose owner does not speak for it. Its own name would make it differ from its like. */
function ofItself({ namespace, owner, shape, neededBy }: ObservedPod): Asked {
  return { reason: { kind: "Pod", namespace, name: owner.name, of: owner }, shape, neededBy };
}

function ofNamespace({ name, faults = [] }: ObservedNamespace) {
  return { kind: "Namespace", namespace: "", name, faults };
}

/** What is asked, image by image. */
class Gathered {
  readonly #rules: SpaceRules;
  readonly #classes: PodClasses;
  readonly #entries = new Map<string, WantedEntry>();
  readonly #faults: WantsFault[] = [];

  constructor(rules: SpaceRules, { runtimeClasses, priorityClasses }: SeenObjects) {
    this.#rules = rules;
    this.#classes = new PodClasses(runtimeClasses, priorityClasses);
  }

  add({ reason, shape, named, priority, neededBy, runs, marks = {} }: Asked): void {
    const asked = {
      placement: narrowedPlacement(this.#classes.placementOf(shape), marks.nodes ?? []),
      priority: priority ?? markedPriority(this.#classes.priorityOf(shape), marks.priority),
      pullSecrets: shape.pullSecrets,
      neededBy,
      runs,
    };
    const { how: _, ...plain } = reason;
    for (const want of shape.wants) {
      if (ignoresImage(this.#rules, want)) continue;
      const { reference, refresh } = want;
      const isPlain = named?.has(reference) && (reason.how === "pods" || reason.how === "guess");
      this.#entry(reference).add({ ...asked, reason: isPlain ? plain : reason, refresh });
    }
  }

  addFaults(
    object: Pick<ObservedWorkload, "kind" | "namespace" | "name" | "faults"> | undefined,
  ): void {
    if (object === undefined) return;
    const { kind, namespace, name } = object;
    for (const fault of object.faults) {
      const { value } = fault;
      const isIgnored = ignoresImage(this.#rules, { written: value, reference: value });
      if (!isIgnored) this.#faults.push({ kind, namespace, name, ...fault });
    }
  }

  /** Images of the setting `list-images` are wanted on every node. */
  addListed(): void {
    const reason: WantReason = { kind: "Setting", namespace: "", name: "list-images" };
    for (const written of this.#rules.listImages) {
      const parsed = parseImageReference(written);
      if ("fault" in parsed) {
        this.#faults.push({ ...reason, field: "list-images", value: written, why: parsed.fault });
        continue;
      }
      const reference = parsed.reference.canonical;
      const asked = { reason, placement: ANYWHERE, priority: 0, pullSecrets: [] };
      this.#entry(reference).add(asked);
    }
  }

  set(wallMs: number): WantedSet {
    const images = new Map<string, WantedImage>();
    for (const [reference, entry] of [...this.#entries].sort(([a], [b]) => a < b ? -1 : 1)) {
      images.set(reference, entry.image(wallMs));
    }
    return { images, faults: this.#faults.sort(byObject) };
  }

  #entry(reference: string): WantedEntry {
    const known = this.#entries.get(reference);
    if (known) return known;
    const entry = new WantedEntry(reference);
    this.#entries.set(reference, entry);
    return entry;
  }
}

function byObject(left: WantsFault, right: WantsFault): number {
  const keys = ["kind", "namespace", "name", "field", "value"] as const;
  for (const key of keys) {
    if (left[key] !== right[key]) return left[key] < right[key] ? -1 : 1;
  }
  return 0;
}
