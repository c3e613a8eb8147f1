import type { WhyValue } from "../bucket/wire.ts";
import type { WantedSet } from "../wants/wanted_set.ts";
import type { HeldState } from "./held_state.ts";

type Reason = WhyValue["reasons"][number];

/** Kinds whose objects keep former revisions; manifests say nothing of these. */
const WITH_REVISIONS: ReadonlySet<string> = new Set([
  "Deployment",
  "StatefulSet",
  "DaemonSet",
  "Rollout",
  "CloneSet",
  "AdvancedStatefulSet",
  "AdvancedDaemonSet",
]);

/** Which images of former revisions objects will keep once their manifests are applied. */
export class Rollbacks {
  readonly #keep: number;
  /** By object: the numbers of its former revisions, the newest first. */
  readonly #numbers = new Map<string, readonly number[]>();
  /** Objects whose template would be another. */
  readonly #changed = new Set<string>();

  /** `rewritten` are planned images that pods do not ask for: they change nothing. */
  constructor(
    { set, held, rewritten }: {
      readonly set: Pick<WantedSet, "images">;
      readonly held: HeldState;
      readonly rewritten: ReadonlyMap<string, string>;
    },
  ) {
    this.#keep = held.source === "manifests" ? 0 : held.rules?.keepRevisions ?? 1;
    const numbers = new Map<string, Set<number>>();
    for (const [image, why] of held.why) {
      if (why.unwantedSince !== undefined) continue;
      for (const reason of why.reasons) {
        const key = keyOf(reason);
        if (isFormer(reason)) {
          const known = numbers.get(key) ?? new Set();
          numbers.set(key, known.add(reason.revision ?? 0));
        } else if (reason.how === undefined && !set.images.get(image)?.reasons.some(isOf(key))) {
          this.#changed.add(key);
        }
      }
    }
    for (const [key, each] of numbers) {
      this.#numbers.set(key, [...each].sort((left, right) => right - left));
    }
    for (const [image, { reasons }] of set.images) {
      if (rewritten.has(image)) continue;
      const heldReasons = held.why.get(image)?.reasons ?? [];
      for (const reason of reasons) {
        const key = keyOf(reason);
        if (!heldReasons.some((each) => keyOf(each) === key && !isFormer(each))) {
          this.#changed.add(key);
        }
      }
    }
  }

  /** Whether an image that an object wants now, for this reason, is kept for a rollback then. */
  keeps(reason: Reason): boolean {
    if (!WITH_REVISIONS.has(reason.kind)) return false;
    const key = keyOf(reason);
    if (!isFormer(reason)) return this.#keep > 0;
    const newer = this.#changed.has(key) ? 1 : 0;
    const at = this.#numbers.get(key)?.indexOf(reason.revision ?? 0) ?? 0;
    return at + newer < this.#keep;
  }
}

function isFormer({ how }: Reason): boolean {
  return how === "revision" || how === "kept";
}

function isOf(key: string): (reason: Reason) => boolean {
  return (reason) => keyOf(reason) === key;
}

function keyOf({ kind, namespace, name }: Reason): string {
  return JSON.stringify([kind, namespace, name]);
}
