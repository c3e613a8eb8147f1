import type { NodeRequirement } from "../objects/observed.ts";

/** A taint that keeps pods away from a node until it is warm; what is absent may be anything. */
export interface GateTaint {
  readonly key: string;
  readonly value?: string;
  readonly effect?: string;
}

/** Which images a node has to have before its gate opens. */
export type GateFor =
  /** Those of workloads that have pods, or are about to. */
  | { readonly type: "running" }
  /** Such a share (above 0, at most 1) of these. */
  | { readonly type: "share"; readonly share: number }
  /** Those of objects whose labels, or their namespace's, meet all of these. */
  | { readonly type: "selector"; readonly selector: readonly NodeRequirement[] }
  /** All that are wanted there. */
  | { readonly type: "all" };

/** How nodes are kept waiting for their images. */
export interface GateRules {
  /** Those that are lifted; no others are touched. */
  readonly taints: readonly GateTaint[];
  /** Whether nodes get the condition `WarmImagesReady` as well. */
  readonly condition: boolean;
  /** How long after a Node was made its gate opens whatever is missing, in ms. */
  readonly limitMs: number;
  readonly for: GateFor;
}
