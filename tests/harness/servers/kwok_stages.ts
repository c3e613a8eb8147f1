/** A change that kwok makes to each object of a kind that is in a certain state. */
interface Stage {
  readonly name: string;
  readonly kind: "Node" | "Pod";
  readonly when: readonly Condition[];
  readonly next: { readonly status?: unknown; readonly delete?: true };
  /** How long it waits at least and at the most, in ms; not at all by default. */
  readonly delay?: readonly [number, number];
}

/** A jq expression of the object, and what its value has to be. */
interface Condition {
  readonly key: string;
  readonly operator: "Exists" | "DoesNotExist" | "In" | "NotIn";
  readonly values?: readonly string[];
}

const READY = '.status.conditions.[] | select( .type == "Ready" ) | .status';
const NOW = "{{ Now }}";

/** What a kubelet tells of a node; five minutes apart, as kubelets do when nothing changes. */
const NODE_STATUS = {
  conditions: [{
    type: "Ready",
    status: "True",
    reason: "KubeletReady",
    message: "kubelet is posting ready status",
    lastHeartbeatTime: NOW,
    lastTransitionTime: "{{ .metadata.creationTimestamp }}",
  }],
};

/** Of a pod with two containers, of the size that kubelets write. */
const POD_STATUS = {
  phase: "Running",
  hostIP: "10.0.0.1",
  podIP: "10.1.0.1",
  startTime: NOW,
  conditions: ["Initialized", "Ready", "ContainersReady", "PodScheduled"].map((type) => ({
    type,
    status: "True",
    lastTransitionTime: NOW,
  })),
  containerStatuses: [0, 1].map((index) => ({
    name: `{{ (index .spec.containers ${index}).name }}`,
    image: `{{ (index .spec.containers ${index}).image }}`,
    imageID: `registry.example/team/app@sha256:${"0123456789abcdef".repeat(4)}`,
    containerID: `containerd://${"fedcba9876543210".repeat(4)}`,
    ready: true,
    started: true,
    restartCount: 0,
    state: { running: { startedAt: NOW } },
  })),
};

const STAGES: readonly Stage[] = [{
  name: "node-ready",
  kind: "Node",
  when: [{ key: READY, operator: "NotIn", values: ["True"] }],
  next: { status: NODE_STATUS },
}, {
  name: "node-heartbeat",
  kind: "Node",
  when: [{ key: READY, operator: "In", values: ["True"] }],
  next: { status: NODE_STATUS },
  delay: [10_000, 590_000],
}, {
  name: "pod-runs",
  kind: "Pod",
  when: [
    { key: ".metadata.deletionTimestamp", operator: "DoesNotExist" },
    { key: ".status.phase", operator: "In", values: ["Pending"] },
  ],
  next: { status: POD_STATUS },
}, {
  name: "pod-ends",
  kind: "Pod",
  when: [{ key: ".metadata.deletionTimestamp", operator: "Exists" }],
  next: { delete: true },
}];

/** As many changes at once as a busy API server needs to be kept busy. */
const OPTIONS = {
  apiVersion: "config.kwok.x-k8s.io/v1alpha1",
  kind: "KwokConfiguration",
  options: { podPlayStageParallelism: 32, nodePlayStageParallelism: 8 },
};

/** kwok's configuration for nodes and pods such as those of `largeCluster()`. */
export function kwokStages(): string {
  const resources = [OPTIONS, ...STAGES.map(resourceOf)];
  return resources.map((resource) => JSON.stringify(resource)).join("\n---\n");
}

function resourceOf({ name, kind, when, next, delay }: Stage): unknown {
  return {
    apiVersion: "kwok.x-k8s.io/v1alpha1",
    kind: "Stage",
    metadata: { name },
    spec: {
      resourceRef: { apiGroup: "v1", kind },
      selector: { matchExpressions: when },
      ...(delay && {
        delay: { durationMilliseconds: delay[0], jitterDurationMilliseconds: delay[1] },
      }),
      next: next.delete ? { delete: true } : { statusTemplate: JSON.stringify(next.status) },
    },
  };
}
