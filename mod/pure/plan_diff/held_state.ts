import type { WantedValues } from "../bucket/wanted_values.ts";
import type { MetaRules, WhyValue } from "../bucket/wire.ts";

/** What of the bucket is compared. */
export interface HeldState {
  readonly wanted: WantedValues;
  /** By canonical reference. */
  readonly why: ReadonlyMap<string, WhyValue>;
  /** Names of the nodes that it knows. */
  readonly nodes: ReadonlySet<string>;
  readonly rules: MetaRules | undefined;
  /** Manifests know of no revisions: nothing is kept for a rollback then. */
  readonly source: "kubernetes" | "manifests";
}
