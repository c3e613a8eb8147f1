import type { ObservedFault, Owner, PodShape } from "../objects/observed.ts";
import type { Runs } from "./next_runs.ts";

/**
 * How an object asks for an image, where its template does not simply name it:
 * - `pods`: its pods ask for it, its template does not
 * - `guess`: pods of an earlier revision asked for it, and those of this one will
 * - `revision`: a revision that is not the current one, and still has pods
 * - `kept`: a revision before the current one, for a rollback
 * - `also`: its containers' variables or arguments name it
 */
export type WantHow = "pods" | "guess" | "revision" | "kept" | "also";

/** Who wants an image. */
export interface WantReason {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly how?: WantHow;
  /** Name of the ReplicaSet whose pods showed it, with `pods` and `guess`, where it was one. */
  readonly shownBy?: string;
  /** Number of the revision, with `revision` and `kept`; 0 where it has none. */
  readonly revision?: number;
  /** What has made it, for a Pod whose owner is of no kind that is followed. */
  readonly of?: Owner;
  /** ISO time of the next run, for what starts pods by a schedule; see `Runs`. */
  readonly next?: string;
}

/** What one object asks of the images of one shape. */
export interface Asked {
  readonly reason: WantReason;
  readonly shape: PodShape;
  /** References that the template names as well: for these the reason has no `how`. */
  readonly named?: ReadonlySet<string>;
  /** Counts instead of what the shape's class says. */
  readonly priority?: number | undefined;
  /** ISO time; absent when no pod waits for them. */
  readonly neededBy?: string | undefined;
  /** No pods of this shape are asked for now: the object is asleep, or starts some at times only. */
  readonly asleep?: true | undefined;
  /** Pods that live ask for it: what their ServiceAccount adds is in the shape. */
  readonly isLive?: true | undefined;
  /**
   * Its template names no pull secrets: where the shape has some of pods that live, or did, the next
   * ones come with those that their ServiceAccount has by then.
   */
  readonly byAccount?: true | undefined;
  /** When the object starts pods by itself. */
  readonly runs?: Runs | undefined;
}

/** A faulty field and the object it lies in. */
export interface WantsFault
  extends ObservedFault, Pick<WantReason, "kind" | "namespace" | "name"> {}

/** Priority of what is wanted last: that of no pod is lower. */
export const LOWEST_PRIORITY = -(2 ** 31);
