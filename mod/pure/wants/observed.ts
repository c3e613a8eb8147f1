/** Toleration of a pod, as in the Kubernetes API. */
export interface Toleration {
  readonly key?: string;
  readonly operator?: string;
  readonly value?: string;
  readonly effect?: string;
}

/** One requirement of a node selector term, as in the Kubernetes API. */
export interface NodeRequirement {
  readonly key: string;
  readonly operator: string;
  readonly values?: readonly string[];
}

/** A node selector term: all requirements hold. */
export interface NodeTerm {
  readonly matchExpressions?: readonly NodeRequirement[];
  readonly matchFields?: readonly NodeRequirement[];
}

/** Where a pod may run. An absent part does not restrict; terms are alternatives. */
export interface Placement {
  readonly nodeSelector?: Readonly<Record<string, string>>;
  readonly affinity?: readonly NodeTerm[];
  readonly tolerations?: readonly Toleration[];
  /** From `spec.os.name`. */
  readonly os?: string;
}

/** A node's taint, as in the Kubernetes API. */
export interface Taint {
  readonly key: string;
  readonly value?: string;
  readonly effect: string;
}

/** One image as an object asks for it. */
export interface Want {
  /** As written in the object. */
  readonly written: string;
  /** Canonical reference (`image_reference.ts`). */
  readonly reference: string;
}

/** An image that an object names and that cannot be a reference. */
export interface ObservedFault {
  /** Path to the field, such as `spec.template.spec.containers[0].image`. */
  readonly field: string;
  readonly value: string;
  readonly why: string;
}

/** What the controller keeps of a workload object: small, so that 10,000 fit in memory. */
export interface ObservedWorkload {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  /** Kind of the owner with `controller: true`; a want of a followed owner is not counted twice. */
  readonly ownerKind?: string;
  /** `warm-images/skip: "true"`, a completed Job or Pod: wants nothing. */
  readonly skip: boolean;
  readonly wants: readonly Want[];
  readonly faults: readonly ObservedFault[];
  readonly placement: Placement;
  readonly priority: number;
  /** ISO time at which a pod is (or was) waiting for the images; absent: not known. */
  readonly neededBy?: string;
  /** Names of pull secrets in the object's namespace. */
  readonly pullSecrets: readonly string[];
}

/** What the controller keeps of a Node object; also the value of `node.<node>`. */
export interface ObservedNode {
  readonly name: string;
  readonly uid: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly Taint[];
  /** GOARCH words: `amd64`, `arm64`. */
  readonly architecture: string;
  /** GOOS words: `linux`, `windows`. */
  readonly os: string;
  readonly unschedulable: boolean;
  /** `warm-images/skip: "true"` on the node. */
  readonly skip: boolean;
}

/** What the controller keeps of a Namespace object. */
export interface ObservedNamespace {
  readonly name: string;
  readonly skip: boolean;
}

/** What one API object turned out to be. */
export type Observed =
  | { readonly type: "workload"; readonly workload: ObservedWorkload }
  | { readonly type: "node"; readonly node: ObservedNode }
  | { readonly type: "namespace"; readonly namespace: ObservedNamespace }
  | { readonly type: "ignored" };
