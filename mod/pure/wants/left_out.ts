import type { ObservedWorkload } from "../objects/observed.ts";
import type { SeenObjects } from "./seen_objects.ts";
import { ignoresImage, spaceFilter, type SpaceRules } from "./space_rules.ts";

/** What does not count by marks and rules. */
export interface LeftOut {
  /** Objects with `warm-images/skip`, or in a namespace that has it. */
  readonly skipped: number;
  /** Objects in namespaces that do not count. */
  readonly inOtherSpaces: number;
  /** Images that are ignored. */
  readonly ignoredImages: number;
}

/** Counts it. Pods that an object has made are no objects here: they go with that. */
export function leftOut(rules: SpaceRules, { workloads, namespaces }: SeenObjects): LeftOut {
  const skippedSpaces = new Set(namespaces.filter(({ skip }) => skip).map(({ name }) => name));
  const counts = spaceFilter(rules, new Set());
  const inOtherSpaces = workloads.filter(({ namespace }) => !counts(namespace)).length;
  const listed = workloads.filter(({ namespace }) => counts(namespace));
  const isSkipped = ({ skip, namespace }: ObservedWorkload) => skip || skippedSpaces.has(namespace);
  const ignored = listed.filter((workload) => !isSkipped(workload))
    .flatMap(({ shapes }) => shapes.flatMap(({ wants }) => wants))
    .filter((want) => ignoresImage(rules, want));
  return {
    skipped: listed.filter(isSkipped).length,
    inOtherSpaces,
    ignoredImages: new Set(ignored.map(({ reference }) => reference)).size,
  };
}

/** The same in a line; undefined where nothing is left out. */
export function leftOutText({ skipped, inOtherSpaces, ignoredImages }: LeftOut) {
  const parts = [
    [skipped, "object", "by warm-images/skip"],
    [inOtherSpaces, "object", "by list-spaces and ignore-spaces"],
    [ignoredImages, "image", "by ignore-images"],
  ] as const;
  const texts = parts.filter(([count]) => count > 0)
    .map(([count, what, why]) => `${count} ${what}${count === 1 ? "" : "s"} ${why}`);
  return texts.length === 0 ? undefined : texts.join(", ");
}
