import { observeObject } from "./observe_object.ts";
import { controllerOf } from "./observe_metadata.ts";
import type { GroupKind } from "./group_kind.ts";
import { findKind, kindName } from "./kinds.ts";
import type { Observed } from "./observed.ts";

/** What a source keeps of an object: its record, or nothing at all. */
export type Leaving =
  | { readonly type: "record"; readonly record: Observed }
  | {
    readonly type: "nothing";
    /** Name of the kind whose object speaks for it; absent: nothing could make it count. */
    readonly leftTo?: string;
  };

/**
 * What a parsed object of the API server leaves. Nearly all objects of a cluster are made by
 * others, such as Pods and ReplicaSets of Deployments: they leave nothing where their owner speaks,
 * and their owner is looked at before anything else. Those that want nothing, such as Jobs that
 * have ended, leave nothing either. `speaks` tells of the name of a kind (`kindName`) whether it is
 * followed. Never throws.
 *
 * This is the one place where an ordinary object is told from one that matters, so here a pod that
 * differs from its owner's template will leave its difference.
 */
export function whatItLeaves(raw: unknown, speaks: (kind: string) => boolean): Leaving {
  const leftTo = speakerFor(controllerOf(raw), speaks);
  if (leftTo !== undefined) return { type: "nothing", leftTo };
  const record = observeObject(raw);
  const wantsNothing = record.type === "ignored" ||
    (record.type === "workload" && record.workload.skip);
  return wantsNothing ? { type: "nothing" } : { type: "record", record };
}

/**
 * The name of the kind that speaks for what such an owner has made; undefined when that speaks for
 * itself, as a mirror pod does: it is owned by its Node, which wants no images.
 */
export function speakerFor(
  owner: GroupKind | undefined,
  speaks: (kind: string) => boolean,
): string | undefined {
  const kind = owner && findKind(owner);
  if (kind === undefined || !kind.ownsPods) return undefined;
  const name = kindName(kind);
  return speaks(name) ? name : undefined;
}
