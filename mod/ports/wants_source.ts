import type { ObservedNamespace, ObservedNode, ObservedWorkload } from "../pure/wants/observed.ts";

/** All objects that a source knows now. Cheap to make; valid until the next await. */
export interface Observation {
  /** Whether everything was listed once; before that nothing may be deleted from the bucket. */
  readonly synced: boolean;
  /** Names of the kinds that are followed; a kind that may not be read is none of them. */
  readonly kinds: ReadonlySet<string>;
  readonly workloads: Iterable<ObservedWorkload>;
  readonly namespaces: Iterable<ObservedNamespace>;
  readonly nodes: Iterable<ObservedNode>;
  /** What could not be read at all, one line each, such as file, line and what is wrong. */
  readonly faults: readonly string[];
}

/** A source of objects: a Kubernetes API server, or manifests. */
export interface WantsSource {
  /** Written to `meta` in the bucket: with `kubernetes`, agents wait for the facts of their node. */
  readonly type: "kubernetes" | "manifests";
  /**
   * Follows the objects until `signal` aborts, then resolves. Calls `changed` each time the
   * observation became different. Survives outages: it keeps the objects it knows and lists again.
   */
  follow(options: {
    readonly signal: AbortSignal;
    readonly changed: (cause: string) => void;
  }): Promise<void>;
  /** Everything that is known now. */
  observe(): Observation;
}
