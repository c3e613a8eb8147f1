import type { ObservedWorkload } from "../objects/observed.ts";
import { compareTexts } from "../compare_texts.ts";
import { EffectiveMarks } from "./effective_marks.ts";
import type { SeenObjects } from "./seen_objects.ts";
import { ignoresImage, spaceFilter, type SpaceRules } from "./space_rules.ts";
import { Timetable } from "./timetable.ts";
import type { WantedSet } from "./wanted_set.ts";
import type { WantsRules } from "./wants_fold.ts";

/** What does not count by marks and rules. */
export interface LeftOut {
  /** Objects with `warm-images/skip`, or in a namespace that has it. */
  readonly skipped: number;
  /** Objects in namespaces that do not count. */
  readonly inOtherSpaces: number;
  /** Objects that lack `warm-images/watch` where only what has it counts. */
  readonly unmarked: number;
  /** Objects whose next run is further away than `cronLeadMs`, or that are suspended where that counts. */
  readonly notDue: number;
  /** Images that are ignored. */
  readonly ignoredImages: number;
  /** Private images that pods ask for where these are off. */
  readonly withheldImages: number;
  /** The first of these namespaces, and how many there are. */
  readonly withheldIn: NamespaceNames;
}

/** Some namespaces by name, of so many. */
export interface NamespaceNames {
  readonly count: number;
  readonly first: readonly string[];
}

type Rules = SpaceRules & Pick<WantsRules, "onlyMarked" | "cronLeadMs">;

/**
 * Counts what is left out, `wallMs` after the epoch. What an object has made goes with that, and is
 * not counted for itself.
 */
export function leftOut(
  rules: Rules,
  { workloads, namespaces }: SeenObjects,
  { wallMs, withheld }: { readonly wallMs: number; readonly withheld: WantedSet["withheld"] },
): LeftOut {
  const timetable = new Timetable(rules.cronLeadMs);
  const isCounted = spaceFilter(rules, new Set());
  const skippedSpaces = new Set(namespaces.filter(({ skip }) => skip).map(({ name }) => name));
  const marks = new EffectiveMarks(namespaces, {
    onlyMarked: rules.onlyMarked ?? false,
    both: new WeakMap(),
  });
  const whyNot = (workload: ObservedWorkload) => {
    const { namespace, skip, marks: own } = workload;
    if (!isCounted(namespace)) return "inOtherSpaces";
    if (skip || skippedSpaces.has(namespace)) return "skipped";
    if (marks.of(namespace, own) === undefined) return "unmarked";
    return timetable.isNear(workload, wallMs) ? undefined : "notDue";
  };
  const counts = { skipped: 0, inOtherSpaces: 0, unmarked: 0, notDue: 0 };
  const ignored = new Set<string>();
  for (const workload of workloads) {
    const why = whyNot(workload);
    if (why === undefined) {
      for (const each of ignoredOf(rules, workload)) ignored.add(each);
    } else if (workload.owner === undefined) counts[why]++;
  }
  return {
    ...counts,
    ignoredImages: ignored.size,
    withheldImages: withheld.size,
    withheldIn: namespacesOf(withheld),
  };
}

/** Where images are withheld: the first namespaces in order, and how many there are. */
export function namespacesOf(withheld: WantedSet["withheld"]): NamespaceNames {
  const names = new Set(withheld.values().flatMap(({ namespaces }) => namespaces));
  return { count: names.size, first: [...names].sort(compareTexts).slice(0, FIRST) };
}

/** Most namespaces that are named. */
const FIRST = 5;

function ignoredOf(rules: Rules, { shapes }: ObservedWorkload): string[] {
  return shapes.flatMap(({ wants }) => wants).filter((want) => ignoresImage(rules, want))
    .map(({ reference }) => reference);
}

/** The same in a line; undefined where nothing is left out. */
export function leftOutText(leftOut: LeftOut): string | undefined {
  const { skipped, inOtherSpaces, unmarked, notDue, ignoredImages } = leftOut;
  const { withheldImages, withheldIn } = leftOut;
  const parts = [
    [skipped, "object", "by warm-images/skip"],
    [inOtherSpaces, "object", "by list-spaces and ignore-spaces"],
    [unmarked, "object", "without warm-images/watch"],
    [notDue, "object", "by cron-lead until its run is near"],
    [ignoredImages, "image", "by ignore-images"],
    [withheldImages, "private image", `by warm-images/private in ${spacesText(withheldIn)}`],
  ] as const;
  const texts = parts.filter(([count]) => count > 0)
    .map(([count, what, why]) => `${count} ${what}${count === 1 ? "" : "s"} ${why}`);
  return texts.length === 0 ? undefined : texts.join(", ");
}

/** Such as `namespaces bank, shop and 3 more`. */
export function spacesText({ count, first }: NamespaceNames): string {
  const more = count > first.length ? ` and ${count - first.length} more` : "";
  return `${count === 1 ? "namespace" : "namespaces"} ${first.join(", ")}${more}`;
}
