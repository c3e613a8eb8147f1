import type { PrivateMode } from "../private_images/private_mode.ts";
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
  /** Names of the countable resources that a pod asks for, such as `nvidia.com/gpu`, in order. */
  readonly resources?: readonly string[];
}

/** A node's taint, as in the Kubernetes API. */
export interface Taint {
  readonly key: string;
  readonly value?: string;
  readonly effect: string;
}

/** One image as a pod's specification asks for it. */
export interface Want {
  /** As written in the object. */
  readonly written: string;
  /** Canonical reference (`image_reference.ts`). */
  readonly reference: string;
  /** Name of the container, or `volumes/<name>`; empty where it has none. */
  readonly container: string;
  /** Whether kubelet asks the registry at each start what the reference stands for by now. */
  readonly refresh?: true;
}

/** An image that counts where `Marks.also` says so, beside what pods ask for. */
export interface AlsoWant extends Want {
  /** Which fields of a container name it; `related`: a list that an operator declares. */
  readonly from: "env" | "args" | "related";
}

/** A field of an object that should name an image, and does not. */
export interface ObservedFault {
  /** Path to the field, such as `spec.template.spec.containers[0].image`. */
  readonly field: string;
  readonly value: string;
  readonly why: string;
}

/** What pods of one specification ask for, and where they may run: what one pod tells from another. */
export interface PodShape {
  readonly wants: readonly Want[];
  /** As the specification says, without what its RuntimeClass adds. */
  readonly placement: Placement;
  readonly runtimeClass?: string;
  /** As the API server writes it into pods; templates have the name of a class alone. */
  readonly priority?: number;
  readonly priorityClass?: string;
  /** Names of pull secrets in the object's namespace. */
  readonly pullSecrets: readonly string[];
  /**
   * Name of the ServiceAccount whose pull secrets its pods get where they name none; absent: that
   * called `default`; empty: they get none from any.
   */
  readonly serviceAccount?: string;
}

/** The owner of an object with `controller: true`; it is in the same namespace. */
export interface Owner extends GroupKind {
  readonly name: string;
}

/** What users say of an object by annotations and labels `warm-images/*`. */
export interface Marks {
  readonly priority?: "high" | "low";
  /** From `warm-images/nodes`: nodes have to meet these as well. */
  readonly nodes?: readonly NodeRequirement[];
  /** From `warm-images/also`: which fields of containers name images, beside `image`. */
  readonly also?: readonly ("env" | "args")[];
  /** From `warm-images/watch`, for `--only-marked`. */
  readonly watch?: true;
  /** From `warm-images/private` of a namespace: how images are kept that take a login. */
  readonly private?: PrivateMode;
  /** Its labels meet the selector of `--gate-for`. */
  readonly gate?: true;
}

/** Which of its owner's revisions an object holds, such as a ReplicaSet. */
export interface Revision {
  /** Grows with each revision; 0 where it is not known. */
  readonly number: number;
  /** ISO time; only where there is no number. */
  readonly createdAt?: string;
  /** What pods of it have as label `controller-revision-hash`; absent where they are owned by it. */
  readonly hashes?: readonly string[];
  /** Whether it asks for no pods: unless it is the current one, it is history. */
  readonly idle: boolean;
  /** Whether it is a workload of its own where its owner does not speak for it, as a Job is. */
  readonly standsAlone?: true;
}

/** When a workload starts pods by itself. */
export interface Schedule {
  /** Five fields, or a name such as `@daily`; all can be read (`cron_text.ts`). */
  readonly cron: readonly string[];
  /** IANA name; absent: that of the cluster's controllers, which is UTC nearly always. */
  readonly timeZone?: string;
  readonly suspended: boolean;
  /** ISO time from which `@every` counts; only where there is one. */
  readonly since?: string;
}

/** What the controller keeps of an object that makes pods, or of a Pod that nothing made. */
export interface ObservedWorkload {
  /** Name of the kind (`kindName` in `kinds.ts`). */
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly owner?: Owner;
  /** Wants nothing, nor do its revisions and pods: it has `warm-images/skip: "true"`. */
  readonly skip: boolean;
  /** One for each pod specification that it holds. */
  readonly shapes: readonly PodShape[];
  /** Not of what holds a revision. */
  readonly also?: readonly AlsoWant[];
  readonly faults: readonly ObservedFault[];
  /** ISO time since which a pod waits for the images; absent when none does. */
  readonly neededBy?: string;
  readonly marks?: Marks;
  /** It asks for no pods now: it is scaled to zero, suspended, or only a template of others. */
  readonly asleep?: true;
  /** Only of what holds a revision of its owner. */
  readonly revision?: Revision;
  readonly schedule?: Schedule;
}

/**
 * What the controller keeps of a Pod that an object has made. Nearly all pods of a revision leave
 * equal records, which are held once: so there is nothing in it that is the pod's alone.
 */
export interface ObservedPod {
  readonly namespace: string;
  readonly owner: Owner;
  /** Label `controller-revision-hash`: which revision of its owner it is of. */
  readonly revision?: string;
  readonly shape: PodShape;
  readonly faults: readonly ObservedFault[];
  /** Counts only where nothing speaks for the pod. */
  readonly marks?: Marks;
  /** ISO time since which it waits for its images; absent when it does not. */
  readonly neededBy?: string;
}

/**
 * What the controller keeps of a Node object. As it will be once it has started (`settledNodes()`),
 * and without its age, it is the value of `node.<node>`.
 */
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
  /** Names of the countable resources that it has, in order; absent while that is not known. */
  readonly resources?: readonly string[];
  /** When it was made, in ms since the epoch; absent where that is not known. */
  readonly createdMs?: number;
  /**
   * When its taints were written last, by the API server's record of fields, in ms since the epoch;
   * absent without taints, and where that is not known.
   */
  readonly taintsMs?: number;
  /** Status of its condition `WarmImagesReady`; absent: it has none. */
  readonly warmCondition?: string;
}

/** What the controller keeps of a Namespace object. */
export interface ObservedNamespace {
  readonly name: string;
  readonly skip: boolean;
  readonly marks?: Marks;
  /** Marks that cannot be read. */
  readonly faults?: readonly ObservedFault[];
}

/** What the controller keeps of a ServiceAccount that has pull secrets. */
export interface ObservedServiceAccount {
  readonly namespace: string;
  readonly name: string;
  /** Names of pull secrets in its namespace, at least one, in their order. */
  readonly pullSecrets: readonly string[];
}

/** A RuntimeClass: what it adds to where its pods may run. */
export interface ObservedRuntimeClass {
  readonly name: string;
  readonly nodeSelector?: Readonly<Record<string, string>>;
  readonly tolerations?: readonly Toleration[];
}

/** A PriorityClass. */
export interface ObservedPriorityClass {
  readonly name: string;
  readonly value: number;
  /** Whether pods without a class have this one. */
  readonly globalDefault: boolean;
}

/** What is kept of one API object. */
export type Observed =
  | { readonly type: "workload"; readonly workload: ObservedWorkload }
  | { readonly type: "pod"; readonly pod: ObservedPod }
  | { readonly type: "node"; readonly node: ObservedNode }
  | { readonly type: "namespace"; readonly namespace: ObservedNamespace }
  | { readonly type: "serviceAccount"; readonly serviceAccount: ObservedServiceAccount }
  | { readonly type: "runtimeClass"; readonly runtimeClass: ObservedRuntimeClass }
  | { readonly type: "priorityClass"; readonly priorityClass: ObservedPriorityClass }
  | { readonly type: "ignored" };
