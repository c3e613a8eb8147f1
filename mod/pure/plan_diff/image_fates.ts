import type { WhyValue } from "../bucket/wire.ts";
import { reasonText } from "../wants/reason_text.ts";
import type { WantedSet } from "../wants/wanted_set.ts";
import type { NamedObjects } from "./named_objects.ts";
import type { HeldState } from "./held_state.ts";
import { Rollbacks } from "./rollbacks.ts";

type Reason = WhyValue["reasons"][number];

/** An image that the bucket has and the plan has not. */
export interface DroppedImage {
  readonly image: string;
  /** Whether something keeps it all the same; `why` says what, else who drops it. */
  readonly kept: boolean;
  readonly why: readonly string[];
}

/** What becomes of images that a plan lacks, or has for the templates alone. */
export interface Fates {
  readonly dropped: readonly DroppedImage[];
  /** Planned images, and by which others admission replaces them in the pods. */
  readonly rewritten: ReadonlyMap<string, string>;
}

/**
 * Decides about what the plan drops. Where all objects were read (no `objects`) it goes, but for what
 * the controller remembers of pods that are gone. Of objects in manifests it goes where they alone
 * wanted it; what admission adds to their pods stays, as it will do so again, and so do the images of
 * as many former revisions as are kept for a rollback.
 */
export function fatesOf(
  { set, held, objects, unread }: {
    readonly set: Pick<WantedSet, "images">;
    readonly held: HeldState;
    readonly objects: NamedObjects | undefined;
    readonly unread?: Unread | undefined;
  },
): Fates {
  const rewritten = objects === undefined ? new Map() : rewrittenOf(set, held, objects);
  const rollbacks = new Rollbacks({ set, held, rewritten });
  const dropped: DroppedImage[] = [];
  for (const image of held.wanted.images.keys()) {
    const why = held.why.get(image);
    if (set.images.has(image) || why?.unwantedSince !== undefined) continue;
    if (objects === undefined) {
      const { reasons = [], count = 0 } = why ?? {};
      const remembered = reasons.filter(({ how }) => how === "guess");
      const told = (remembered.length > 0 ? remembered : reasons).map(reasonText);
      // What cannot be read is not gone.
      const isUnread = unread !== undefined && unread.size > 0 &&
        (count > reasons.length || reasons.some((reason) => mayBeUnread(reason, unread)));
      dropped.push({ image, kept: isUnread || remembered.length > 0, why: told });
      continue;
    }
    if (why === undefined) continue;
    const { ours, other } = objects.split(why);
    if (ours.length === 0) continue;
    dropped.push({ image, ...fateOf({ why, ours, other }, rollbacks) });
  }
  return { dropped, rewritten };
}

/** Names of kinds, and of kinds in one namespace as `kind/namespace`, that could not be read. */
export type Unread = Pick<ReadonlySet<string>, "has" | "size">;

/** Beside its own kind an object is spoken for by what it has made. */
function mayBeUnread({ kind, namespace, how }: Reason, unread: Unread): boolean {
  return [kind, ...how === undefined ? [] : ["Pod", "ReplicaSet", "ControllerRevision"]]
    .some((each) => unread.has(each) || unread.has(`${each}/${namespace}`));
}

function fateOf(
  { why, ours, other }: {
    readonly why: WhyValue;
    readonly ours: readonly Reason[];
    readonly other: Reason | undefined;
  },
  rollbacks: Rollbacks,
): Omit<DroppedImage, "image"> {
  if (other !== undefined) return { kept: true, why: [`${reasonText(other)} wants it`] };
  const unknown = why.count - why.reasons.length;
  if (unknown > 0) return { kept: true, why: [`${unknown} more objects want it`] };
  const keeping = ours.flatMap((reason) => {
    const text = whatKeeps(reason, rollbacks);
    return text === undefined ? [] : [text];
  });
  return keeping.length > 0
    ? { kept: true, why: keeping }
    : { kept: false, why: ours.map(reasonText) };
}

function whatKeeps(reason: Reason, rollbacks: Rollbacks): string | undefined {
  const { kind, namespace, name, how } = reason;
  if (how === "pods" || how === "guess") return reasonText(reason);
  const object = `${kind} ${namespace && `${namespace}/`}${name}`;
  return how !== "also" && rollbacks.keeps(reason) ? `${object}: kept for a rollback` : undefined;
}

/** Pods of an object ask for an image of another registry where its template names this one. */
function rewrittenOf(
  set: Pick<WantedSet, "images">,
  held: HeldState,
  objects: NamedObjects,
): Map<string, string> {
  const shown = new Map<string, string>();
  for (const [image, why] of held.why) {
    for (const reason of objects.split(why).ours) {
      if (reason.how !== "pods" && reason.how !== "guess") continue;
      shown.set(keyOf(reason, image), image);
    }
  }
  const rewritten = new Map<string, string>();
  for (const [image, { reasons }] of set.images) {
    if (held.wanted.image(image) !== undefined) continue;
    const [first] = reasons;
    const instead = first && shown.get(keyOf(first, image));
    if (instead !== undefined && reasons.every((each) => shown.has(keyOf(each, image)))) {
      rewritten.set(image, instead);
    }
  }
  return rewritten;
}

function keyOf({ kind, namespace, name }: Reason, image: string): string {
  return JSON.stringify([kind, namespace, name, image.slice(image.lastIndexOf("/") + 1)]);
}
