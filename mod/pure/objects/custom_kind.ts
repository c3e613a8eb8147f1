import type { GroupKind } from "./group_kind.ts";
import type { Kind } from "./kind.ts";
import { observeTemplated } from "./observe_workload.ts";

/** A kind as an API server's discovery names it. */
export interface ServedKind extends GroupKind {
  /** The version that the server prefers. */
  readonly version: string;
  readonly plural: string;
  readonly namespaced: boolean;
}

/**
 * A kind that users ask for by `resource.group`. Images are what its pod-shaped parts ask for, and
 * what is at `paths` (JSONPath), beside what its row in the tables finds, if it has one.
 */
export function customKind(served: ServedKind, _paths: readonly string[], known?: Kind): Kind {
  const { group, kind } = served;
  return known ?? {
    ...served,
    alias: `${kind}.${group}`,
    speaksForOwned: false,
    observe: observeTemplated,
  };
}
