import type { ObservedWorkload } from "../objects/observed.ts";
import { EffectiveMarks } from "./effective_marks.ts";
import type { SeenObjects } from "./seen_objects.ts";
import { ignoresImage, spaceFilter, type SpaceRules } from "./space_rules.ts";
import { Timetable } from "./timetable.ts";
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
}

type Rules = SpaceRules & Pick<WantsRules, "onlyMarked" | "cronLeadMs">;

/**
 * Counts what is left out, `wallMs` after the epoch. What an object has made goes with that, and is
 * not counted for itself.
 */
export function leftOut(
  rules: Rules,
  { workloads, namespaces }: SeenObjects,
  wallMs: number,
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
  return { ...counts, ignoredImages: ignored.size };
}

function ignoredOf(rules: Rules, { shapes }: ObservedWorkload): string[] {
  return shapes.flatMap(({ wants }) => wants).filter((want) => ignoresImage(rules, want))
    .map(({ reference }) => reference);
}

/** The same in a line; undefined where nothing is left out. */
export function leftOutText(leftOut: LeftOut): string | undefined {
  const { skipped, inOtherSpaces, unmarked, notDue, ignoredImages } = leftOut;
  const parts = [
    [skipped, "object", "by warm-images/skip"],
    [inOtherSpaces, "object", "by list-spaces and ignore-spaces"],
    [unmarked, "object", "without warm-images/watch"],
    [notDue, "object", "by cron-lead until its run is near"],
    [ignoredImages, "image", "by ignore-images"],
  ] as const;
  const texts = parts.filter(([count]) => count > 0)
    .map(([count, what, why]) => `${count} ${what}${count === 1 ? "" : "s"} ${why}`);
  return texts.length === 0 ? undefined : texts.join(", ");
}
