import type { ObservedPod, PodShape } from "../objects/observed.ts";
import { type Asked, LOWEST_PRIORITY, type WantHow, type WantReason } from "./asked.ts";
import { asksForPods, isAwake } from "./awake.ts";
import { asTemplated } from "./daemon_pod.ts";
import { mayBeOf, sameSecrets, sameShape, type ShapeChange, withChange } from "./shape_change.ts";
import type { Spoken } from "./spoken.ts";
import { withoutUnset } from "../without_unset.ts";
import { newestFirst, type RevisionWithPods, type WorkloadGroup } from "./workload_groups.ts";

/** How revisions are judged. */
export interface RevisionRules {
  /** How many revisions before the current one stay wanted, for a rollback. */
  readonly keepRevisions: number;
  /** What pods of the workload showed the last time that it had some. */
  readonly learned: readonly ShapeChange[];
}

/**
 * What a workload asks for. Where pods of a revision live, what they ask for is wanted, and no image
 * of the template that none of them asks for. Where none lives, the template speaks, changed as pods
 * of the newest revision that has some show. Wanted are the current template, all revisions that
 * have or want pods, and the newest of the others.
 */
export function speak(group: WorkloadGroup, rules: RevisionRules): Spoken {
  const { root } = group;
  if (root?.skip) return { asked: [], contradicted: NOTHING, changes: undefined };
  const speaker = new Speaker(group, rules);
  const asked = speaker.asked();
  const contradicted = speaker.contradicted.size > 0 ? speaker.contradicted : NOTHING;
  return { asked, contradicted, changes: speaker.changes() };
}

/** The same for all: of tens of thousands of workloads nearly all contradict nothing. */
const NOTHING: ReadonlySet<string> = new Set();

/** A pod template and the pods that are of it. */
interface Template {
  readonly shape: PodShape;
  readonly pods: ObservedPod[];
  /** As in `Asked`. */
  readonly asleep?: true | undefined;
}

class Speaker {
  /** As in `Spoken`, of what `asked()` has gone through. */
  readonly contradicted = new Set<string>();
  readonly #group: WorkloadGroup;
  readonly #rules: RevisionRules;
  /** Templates that the workload has now; those of its newest revision where it is not known. */
  readonly #current: readonly Template[];
  /** Of its revisions the newest that holds one of these. */
  readonly #newestCurrent: RevisionWithPods | undefined;
  /** Revisions that are not the current one, newest first. */
  readonly #others: readonly RevisionWithPods[];
  /** Pods of no revision that is known. */
  readonly #strays: readonly ObservedPod[];
  #guesses: readonly ShapeChange[] | undefined;

  constructor(group: WorkloadGroup, rules: RevisionRules) {
    this.#group = group;
    this.#rules = rules;
    const revisions = group.revisions.toSorted(newestFirst);
    const strays = takeByHash(group.pods, revisions);
    const isCurrent = ({ object }: RevisionWithPods, index: number) =>
      group.root === undefined
        ? index === 0
        : group.root.shapes.some((shape) => object.shapes.some((each) => sameShape(shape, each)));
    const current = revisions.filter(isCurrent);
    this.#others = revisions.filter((each) => !current.includes(each));
    this.#newestCurrent = current[0];
    const shapes = group.root?.shapes ?? current.flatMap(({ object }) => object.shapes);
    this.#current = shapes.map((shape) => {
      const ofShape = revisionsOf(shape, current);
      const pods = ofShape.flatMap((revision) => revision.pods);
      return { shape, pods, asleep: asleepUnless(this.#isAwake(ofShape)) };
    });
    // A Job's template never changes: its pods are of it, whatever admission made of them.
    const only = group.kind === "Job" && this.#current.length === 1 ? this.#current[0] : undefined;
    this.#strays = strays.filter((pod) => {
      const template = this.#current.find(({ shape }) => mayBeOf(pod.shape, shape)) ?? only;
      template?.pods.push(asTemplated(pod, template.shape));
      return template === undefined;
    });
  }

  asked(): Asked[] {
    const { keepRevisions } = this.#rules;
    const asked = this.#current.flatMap((template) => this.#askedOf(template, {}));
    const history: RevisionWithPods[] = [];
    for (const revision of this.#others) {
      const { object, pods } = revision;
      if (pods.length === 0 && object.revision?.idle) history.push(revision);
      else asked.push(...this.#ofRevision(revision, "revision"));
    }
    const { asleep } = this.#group.root ?? {};
    for (const pod of this.#strays) {
      const how = withoutUnset({ how: "pods", shownBy: makerOf(pod) });
      asked.push({ ...this.#ask(pod.shape, how, pod.neededBy), asleep, isLive: true });
    }
    const current = this.#newestCurrent;
    const before = history.filter((each) =>
      current === undefined || newestFirst(current, each) < 0
    );
    for (const revision of before.slice(0, keepRevisions)) {
      for (const each of this.#ofRevision(revision, "kept")) {
        asked.push({ ...each, priority: LOWEST_PRIORITY });
      }
    }
    return asked;
  }

  /**
   * What pods of the newest revision that has some show, and its template does not say. Where some
   * pods are as the template, that may be so of the next ones as well.
   */
  changes(): readonly ShapeChange[] | undefined {
    const withPods = (templates: readonly Template[]) =>
      templates.filter(({ pods }) => pods.length > 0);
    const newest = [this.#current, ...this.#others.map((each) => templatesOf(each))]
      .map(withPods).find((templates) => templates.length > 0);
    return newest?.flatMap(({ shape, pods }) => {
      const shown = shapesOnce(pods.map((pod) => pod.shape));
      const isNew = shown.some((pod) => !sameShape(shape, pod) || !sameSecrets(shape, pod));
      const from = isNew ? pods.map(makerOf).sort()[0] : undefined;
      return isNew ? shown.map((pod) => ({ template: shape, pod, from })) : [];
    });
  }

  #ofRevision(revision: RevisionWithPods, how: WantHow): Asked[] {
    const number = numberOf(revision);
    const asleep = asleepUnless(asksForPods(this.#group.root, revision));
    return templatesOf(revision, asleep).flatMap((template) =>
      this.#askedOf(template, { how, revision: number })
    );
  }

  /** Whether pods of the current template are asked for, by the workload or by these revisions. */
  #isAwake(revisions: readonly RevisionWithPods[]): boolean {
    const { root } = this.#group;
    return root !== undefined && isAwake(root) ||
      revisions.some((each) => asksForPods(root, each));
  }

  #askedOf(
    { shape, pods, asleep }: Template,
    more: Pick<WantReason, "how" | "revision">,
  ): Asked[] {
    const named = new Set(shape.wants.map(({ reference }) => reference));
    const beyond = (how: WantHow, shownBy: string | undefined) =>
      more.how === undefined ? withoutUnset({ how, shownBy }) : more;
    const byAccount = shape.pullSecrets.length === 0 ? true as const : undefined;
    if (pods.length > 0) {
      this.#contradict(shape, pods.map((pod) => pod.shape));
      return pods.map((pod) => {
        const how = beyond("pods", makerOf(pod));
        const asked = this.#ask(pod.shape, how, pod.neededBy);
        return { ...asked, named, asleep, isLive: true, byAccount };
      });
    }
    const changed = this.#guesses ??= this.changes() ?? this.#rules.learned;
    const guessed = shapesOnce(changed.map((change) => withChange(change, shape)));
    const shapes = guessed.length > 0 ? guessed : [shape];
    this.#contradict(shape, shapes);
    const { neededBy } = this.#group.root ?? {};
    const how = beyond("guess", changed[0]?.from);
    return shapes.map((each) => ({
      ...this.#ask(each, how, neededBy),
      ...{ named, asleep, byAccount },
    }));
  }

  #contradict(template: PodShape, shapes: readonly PodShape[]): void {
    for (const { reference } of template.wants) {
      const asks = ({ wants }: PodShape) => wants.some((want) => want.reference === reference);
      if (!shapes.some(asks)) this.contradicted.add(reference);
    }
  }

  #ask(
    shape: PodShape,
    more: Pick<WantReason, "how" | "shownBy" | "revision">,
    neededBy: string | undefined,
  ): Asked {
    const { namespace, kind, name } = this.#group;
    return { reason: { kind, namespace, name, ...more }, shape, neededBy };
  }
}

/** Hands pods to the revisions that their hash names; returns the rest. */
function takeByHash(
  pods: readonly ObservedPod[],
  revisions: readonly RevisionWithPods[],
): readonly ObservedPod[] {
  return pods.filter((pod) => {
    const { revision: hash } = pod;
    const revision = hash === undefined
      ? undefined
      : revisions.find(({ object }) => object.revision?.hashes?.includes(hash));
    revision?.pods.push(asTemplated(pod, revision.object.shapes[0]));
    return revision === undefined;
  });
}

/**
 * Name of the ReplicaSet that has made a pod, by which the pod is called. Others that make pods are as
 * short-lived as these, such as the Jobs of a CronJob, or the workload itself: naming them would
 * rewrite the reasons for ever, or say nothing.
 */
function makerOf({ owner }: ObservedPod): string | undefined {
  return owner.kind === "ReplicaSet" ? owner.name : undefined;
}

function revisionsOf(
  shape: PodShape,
  revisions: readonly RevisionWithPods[],
): readonly RevisionWithPods[] {
  return revisions.filter(({ object }) => object.shapes.some((each) => sameShape(each, shape)));
}

function templatesOf({ object, pods }: RevisionWithPods, asleep?: true): Template[] {
  return object.shapes.map((shape) => ({ shape, pods, asleep }));
}

function asleepUnless(isAwake: boolean): true | undefined {
  return isAwake ? undefined : true;
}

function shapesOnce(shapes: readonly PodShape[]): PodShape[] {
  const once: PodShape[] = [];
  for (const shape of shapes) if (!once.some((each) => sameShape(each, shape))) once.push(shape);
  return once;
}

function numberOf({ object }: RevisionWithPods): number {
  return object.revision?.number ?? 0;
}
