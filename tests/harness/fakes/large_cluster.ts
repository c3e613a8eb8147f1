/** How many objects a large cluster has. */
export interface ClusterSize {
  readonly deployments: number;
  /** Revisions that each Deployment has kept; the newest is the current one, and has all the pods. */
  readonly revisions: number;
  /** A tenth of them has a sidecar that their template does not have. */
  readonly pods: number;
  readonly nodes: number;
  readonly namespaces: number;
  /** Different images among the Deployments; each has a sidecar that all share beside it. */
  readonly images: number;
}

/** Objects of one kind, each made when it is asked for. */
export interface LargeCollection {
  readonly count: number;
  /** The object as JSON; a pod that has just been made is pending. */
  json(number: number, version: number, change?: number, isNew?: boolean): string;
}

/**
 * The objects of a large cluster, of the size that they have in real ones: pods of 6 KB, a third of
 * it managedFields. They are made of text and never held, so that a server of them needs no memory.
 */
export function largeCluster(size: ClusterSize): ReadonlyMap<string, LargeCollection> {
  const { deployments, revisions, pods, nodes, namespaces, images } = size;
  const app = (number: number) => number % deployments;
  const common = (number: number): Filling => ({
    space: `team-${app(number) % namespaces}`,
    app: `app-${app(number)}`,
    image: `registry.example/team/app-${app(number) % images}:1.4.2`,
    node: `node-${number % nodes}`,
    uid: `${number}`.padStart(12, "0"),
    revision: `${Math.floor(number / deployments) % revisions + 1}`,
    current: `${revisions}`,
  });
  const of = (count: number, ...objects: Choice): LargeCollection => {
    const [usual, other, isOther] = objects;
    const [fillUsual, fillOther] = [usual, other ?? usual].map((object) =>
      filler(JSON.stringify(object))
    );
    return {
      count,
      json: (number, version, change = 0, isNew = false) =>
        ((isOther?.(number) ? fillOther : fillUsual) ?? String)({
          ...common(number),
          number: `${number}`,
          version: `${version}`,
          change: `${change}`,
          phase: isNew ? "Pending" : "Running",
        }),
    };
  };
  const isCurrent = (number: number) =>
    Math.floor(number / deployments) % revisions === revisions - 1;
  // Of each workload's pods one or two.
  const isChanged = (number: number) => Math.floor(number / deployments) % 10 === app(number) % 10;
  return new Map([
    ["/apis/apps/v1/deployments", of(deployments, DEPLOYMENT)],
    [
      "/apis/apps/v1/replicasets",
      of(deployments * revisions, replicaSet(0), replicaSet(15), isCurrent),
    ],
    ["/api/v1/pods", of(pods, POD, CHANGED_POD, isChanged)],
    ["/api/v1/nodes", of(nodes, NODE)],
    ["/api/v1/namespaces", {
      count: namespaces,
      json: (number) => JSON.stringify({ metadata: { name: `team-${number}` } }),
    }],
  ]);
}

/** What objects look like, and how some of them do. */
type Choice = readonly [
  usual: unknown,
  other?: unknown,
  isOther?: (number: number) => boolean,
];

type Filling = Readonly<Record<string, string>>;

/** Objects differ in few places, written `<name>`: what lies between is cut once. */
function filler(template: string): (filling: Filling) => string {
  const parts = template.split(/<(\w+)>/);
  return (filling) =>
    parts.map((part, index) => index % 2 === 0 ? part : filling[part] ?? "").join("");
}

const LABELS = {
  "app.kubernetes.io/name": "<app>",
  "app.kubernetes.io/instance": "<app>",
  "app.kubernetes.io/managed-by": "Helm",
  "helm.sh/chart": "<app>-1.4.2",
  "pod-template-hash": "7c9d8b6f54",
};

const PROBE = { httpGet: { path: "/healthz", port: "http", scheme: "HTTP" }, timeoutSeconds: 1 };

function container(name: string, image: string) {
  return {
    name,
    image,
    args: ["--log-level=info", "--listen=:8080", `--name=${name}`],
    ports: [{ name: "http", containerPort: 8080, protocol: "TCP" }],
    env: Array.from({ length: 8 }, (_, index) => ({
      name: `SETTING_${index}`,
      valueFrom: { configMapKeyRef: { name: "<app>-settings", key: `setting-${index}` } },
    })),
    resources: { limits: { memory: "512Mi" }, requests: { cpu: "100m", memory: "256Mi" } },
    livenessProbe: PROBE,
    readinessProbe: PROBE,
    volumeMounts: [{ name: "config", mountPath: "/etc/app", readOnly: true }],
    terminationMessagePath: "/dev/termination-log",
    terminationMessagePolicy: "File",
    imagePullPolicy: "IfNotPresent",
    securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
  };
}

const POD_SPEC = {
  volumes: [{ name: "config", configMap: { name: "<app>-config", defaultMode: 420 } }],
  containers: [
    container("main", "<image>"),
    container("sidecar", "registry.example/mesh/proxy:1.22.0"),
  ],
  restartPolicy: "Always",
  terminationGracePeriodSeconds: 30,
  serviceAccountName: "<app>",
  securityContext: { runAsNonRoot: true, fsGroup: 1000 },
  affinity: {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: [{
          matchExpressions: [{ key: "pool", operator: "In", values: ["general", "large"] }],
        }],
      },
    },
  },
  tolerations: [{ key: "dedicated", operator: "Equal", value: "apps", effect: "NoSchedule" }],
};

/** Who has set which field; the text of it is long, and no two parts of it are alike. */
function managedFields(manager: string, fields: number) {
  const names = Array.from({ length: fields }, (_, index) => [`f:field-${manager}-${index}`, {}]);
  return {
    manager,
    operation: "Update",
    apiVersion: "v1",
    time: "2026-11-26T10:00:00Z",
    fieldsType: "FieldsV1",
    fieldsV1: { "f:metadata": Object.fromEntries(names) },
  };
}

function owner(kind: string, name: string) {
  return {
    apiVersion: "apps/v1",
    kind,
    name,
    uid: "6f1c4b2e-8f57-4f0e-9d37-<uid>",
    controller: true,
    blockOwnerDeletion: true,
  };
}

function metadata(name: string, rest: Record<string, unknown>) {
  return {
    name,
    namespace: "<space>",
    uid: "0b9c3a1d-7a41-4e7e-a2cd-<uid>",
    resourceVersion: "<version>",
    creationTimestamp: "2026-11-26T10:00:00Z",
    labels: LABELS,
    ...rest,
  };
}

const TEMPLATE = { metadata: { labels: LABELS }, spec: POD_SPEC };

const DEPLOYMENT = {
  metadata: metadata("<app>", {
    annotations: {
      "deployment.kubernetes.io/revision": "10",
      "kubectl.kubernetes.io/last-applied-configuration": JSON.stringify(TEMPLATE),
    },
    managedFields: [managedFields("helm", 40), managedFields("kube-controller-manager", 20)],
  }),
  spec: { replicas: 15, selector: { matchLabels: { app: "<app>" } }, template: TEMPLATE },
  status: { observedGeneration: 10, replicas: 15, availableReplicas: 15, message: "<change>" },
};

const replicaSet = (replicas: number) => ({
  metadata: metadata("<app>-7c9d8b6f5<revision>", {
    annotations: { "deployment.kubernetes.io/revision": "<revision>" },
    ownerReferences: [owner("Deployment", "<app>")],
    managedFields: [managedFields("kube-controller-manager", 40)],
  }),
  spec: { replicas, selector: { matchLabels: { app: "<app>" } }, template: TEMPLATE },
  status: { replicas, message: "<change>" },
});

const POD = {
  metadata: metadata("<app>-<number>", {
    generateName: "<app>-",
    ownerReferences: [owner("ReplicaSet", "<app>-7c9d8b6f5<current>")],
    managedFields: [managedFields("kube-controller-manager", 40), managedFields("kubelet", 25)],
  }),
  spec: { ...POD_SPEC, nodeName: "<node>" },
  status: {
    phase: "<phase>",
    message: "<change>",
    hostIP: "10.0.0.1",
    conditions: ["Initialized", "Ready", "ContainersReady", "PodScheduled"].map((type) => ({
      type,
      status: "True",
      lastTransitionTime: "2026-11-26T10:00:00Z",
    })),
    containerStatuses: ["main", "sidecar"].map((name) => ({
      name,
      ready: true,
      restartCount: 0,
      image: "<image>",
      imageID: `registry.example/team/app@sha256:${"0123456789abcdef".repeat(4)}`,
      containerID: `containerd://${"fedcba9876543210".repeat(4)}`,
      state: { running: { startedAt: "2026-11-26T10:00:00Z" } },
    })),
  },
};

const CHANGED_POD = {
  ...POD,
  spec: {
    ...POD.spec,
    containers: [
      ...POD_SPEC.containers,
      container("injected", "registry.example/mesh/injected:1.29.0"),
    ],
  },
};

const NODE = {
  metadata: {
    name: "node-<number>",
    uid: "7d2f6b11-0d3f-4e55-9e1c-<uid>",
    resourceVersion: "<version>",
    labels: {
      "kubernetes.io/arch": "amd64",
      "kubernetes.io/hostname": "node-<number>",
      "kubernetes.io/os": "linux",
      "node.kubernetes.io/instance-type": "m5.4xlarge",
      "pool": "general",
      "topology.kubernetes.io/zone": "zone-a",
    },
    managedFields: [managedFields("kubelet", 40)],
  },
  spec: { podCIDR: "10.1.0.0/24" },
  status: {
    conditions: [{ type: "Ready", status: "True", lastHeartbeatTime: "<change>" }],
    nodeInfo: { architecture: "amd64", operatingSystem: "linux" },
    images: Array.from({ length: 50 }, (_, index) => ({
      names: [
        `registry.example/team/app-${index}@sha256:${"0123456789abcdef".repeat(4)}`,
        `registry.example/team/app-${index}:1.4.2`,
      ],
      sizeBytes: 123_456_789 + index,
    })),
  },
};
