import { ANYWHERE } from "../placement/eligibility.ts";
import { parseImageReference } from "../images/image_reference.ts";
import type {
  ObservedFault,
  ObservedNamespace,
  ObservedWorkload,
  Want,
} from "../objects/observed.ts";
import { ignoresImage, spaceFilter, type SpaceRules } from "./space_rules.ts";
import { speakerFor } from "../objects/what_it_leaves.ts";
import { WantedEntry, type WantedImage, type WantReason } from "./wanted_entry.ts";

export type { PullSecret, WantedImage, WantReason } from "./wanted_entry.ts";

/** A faulty field and the object it lies in. */
export interface WantsFault extends WantReason, ObservedFault {}

/** Everything that is wanted. Does not depend on the order of the input. */
export interface WantedSet {
  /** By canonical reference, in its order. */
  readonly images: ReadonlyMap<string, WantedImage>;
  readonly faults: readonly WantsFault[];
}

/** The part of a source's observation from which wants follow. */
export interface WantsInput {
  /** Names of the kinds that are followed: what an object of them owns is left to it. */
  readonly kinds: ReadonlySet<string>;
  readonly workloads: Iterable<ObservedWorkload>;
  readonly namespaces: Iterable<ObservedNamespace>;
}

/** Folds all wants into one entry per image, by the rules. */
export function foldWants(input: WantsInput, rules: SpaceRules): WantedSet {
  const entries = new Map<string, WantedEntry>();
  const faults: WantsFault[] = [];
  for (const workload of selectWorkloads(input, rules)) {
    addWorkload(workload, rules, entries);
    for (const fault of workload.faults) {
      if (!ignoresFault(rules, fault)) faults.push({ ...reasonOf(workload), ...fault });
    }
  }
  for (const written of rules.listImages) addListed(written, entries, faults);
  return { images: imagesInOrder(entries), faults: faults.sort(byObject) };
}

function* selectWorkloads(input: WantsInput, rules: SpaceRules): Generator<ObservedWorkload> {
  const skipped = new Set<string>();
  for (const { name, skip } of input.namespaces) if (skip) skipped.add(name);
  const counts = spaceFilter(rules, skipped);
  const speaks = (kind: string) => input.kinds.has(kind);
  for (const workload of input.workloads) {
    if (workload.skip || speakerFor(workload.owner, speaks) !== undefined) continue;
    if (counts(workload.namespace)) yield workload;
  }
}

function addWorkload(
  workload: ObservedWorkload,
  rules: SpaceRules,
  entries: Map<string, WantedEntry>,
): void {
  const placementKey = workload.wants.length > 0 ? JSON.stringify(workload.placement) : "";
  const added = new Set<string>();
  for (const want of workload.wants) {
    if (added.has(want.reference) || ignoresImage(rules, want)) continue;
    added.add(want.reference);
    entryOf(want.reference, entries).add(workload, placementKey);
  }
}

function addListed(
  written: string,
  entries: Map<string, WantedEntry>,
  faults: WantsFault[],
): void {
  const reason = { kind: "Setting", namespace: "", name: "list-images" };
  const parsed = parseImageReference(written);
  if ("fault" in parsed) {
    faults.push({ ...reason, field: "list-images", value: written, why: parsed.fault });
    return;
  }
  const asked = { ...reason, placement: ANYWHERE, priority: 0, pullSecrets: [] };
  entryOf(parsed.reference.canonical, entries).add(asked, JSON.stringify(ANYWHERE));
}

function entryOf(reference: string, entries: Map<string, WantedEntry>): WantedEntry {
  const known = entries.get(reference);
  if (known) return known;
  const entry = new WantedEntry(reference);
  entries.set(reference, entry);
  return entry;
}

function imagesInOrder(entries: ReadonlyMap<string, WantedEntry>): Map<string, WantedImage> {
  const images = new Map<string, WantedImage>();
  for (const reference of [...entries.keys()].sort()) {
    const image = entries.get(reference)?.image();
    if (image) images.set(reference, image);
  }
  return images;
}

function reasonOf({ kind, namespace, name }: ObservedWorkload): WantReason {
  return { kind, namespace, name };
}

/** A faulty image is not reported when the rules leave it out. */
function ignoresFault(rules: SpaceRules, { value }: ObservedFault): boolean {
  const want: Want = { written: value, reference: value };
  return ignoresImage(rules, want);
}

function byObject(left: WantsFault, right: WantsFault): number {
  const keys = ["kind", "namespace", "name", "field", "value"] as const;
  for (const key of keys) {
    if (left[key] !== right[key]) return left[key] < right[key] ? -1 : 1;
  }
  return 0;
}
