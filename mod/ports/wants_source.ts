import type { ObservedNamespace, ObservedNode, ObservedWorkload } from "../pure/wants/observed.ts";

/** The whole truth a source holds right now; cheap to take, consistent until the next await. */
export interface Observation {
  /** False until everything was listed once; deletions must wait for it. */
  readonly synced: boolean;
  /** Kinds this source really follows (a forbidden kind is not among them). */
  readonly kinds: ReadonlySet<string>;
  readonly workloads: Iterable<ObservedWorkload>;
  readonly namespaces: Iterable<ObservedNamespace>;
  readonly nodes: Iterable<ObservedNode>;
  /** What could not be read at all, one line each: file and line, what is wrong. */
  readonly faults: readonly string[];
}

/** Where wants come from: a Kubernetes API server, or manifests. */
export interface WantsSource {
  /** Written to the bucket's `meta`, so that agents know whether to wait for facts of their node. */
  readonly type: "kubernetes" | "manifests";
  /**
   * Follows until `signal` aborts; then resolves. Calls `changed` after the observation became
   * different. Outages are its own business: it keeps the last known objects and lists again.
   */
  follow(options: {
    readonly signal: AbortSignal;
    readonly changed: (cause: string) => void;
  }): Promise<void>;
  observe(): Observation;
}
