import type { Kind } from "./kind.ts";
import { observeTemplated } from "./observe_workload.ts";

/** Kinds of others whose objects ask for images. A cluster has those that are installed. */
export const KNOWN_KINDS: readonly Kind[] = [
  {
    group: "argoproj.io",
    version: "v1alpha1",
    kind: "Rollout",
    plural: "rollouts",
    namespaced: true,
    speaksForOwned: true,
    observe: observeTemplated,
  },
];
