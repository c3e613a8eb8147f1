import type { GroupKind } from "./group_kind.ts";

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

/** A node selector term: a node has to meet all its requirements. */
export interface NodeTerm {
  readonly matchExpressions?: readonly NodeRequirement[];
  readonly matchFields?: readonly NodeRequirement[];
}

/** Where a pod may run. An absent part sets no limit; terms are alternatives. */
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

/** A field of an object that should name an image, and does not. */
export interface ObservedFault {
  /** Path to the field, such as `spec.template.spec.containers[0].image`. */
  readonly field: string;
  readonly value: string;
  readonly why: string;
}

/** What the controller keeps of a workload object: small, so that 10,000 fit in memory. */
export interface ObservedWorkload {
  /** Name of the kind (`kindName` in `kinds.ts`). */
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  /** The owner with `controller: true`; where it is followed, its own wants count instead. */
  readonly owner?: GroupKind;
  /** Wants nothing: it has `warm-images/skip: "true"`, or is a Job or Pod that has ended. */
  readonly skip: boolean;
  readonly wants: readonly Want[];
  readonly faults: readonly ObservedFault[];
  readonly placement: Placement;
  readonly priority: number;
  /** ISO time since which a pod waits for the images; absent when none does. */
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
  /** As Go names it: `amd64`, `arm64`; empty when not known. */
  readonly architecture: string;
  /** As Go names it: `linux`, `windows`; empty when not known. */
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

/** What is kept of one API object. */
export type Observed =
  | { readonly type: "workload"; readonly workload: ObservedWorkload }
  | { readonly type: "node"; readonly node: ObservedNode }
  | { readonly type: "namespace"; readonly namespace: ObservedNamespace }
  | { readonly type: "ignored" };
