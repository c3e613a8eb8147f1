/**
 * A cluster as many are: general nodes, a few with GPUs, a few of another architecture, a pool for
 * one team; services with a history of ten revisions, whose registry is rewritten and which get a
 * sidecar at admission; models; and steps of a CI system that is not followed.
 */

type Raw = Record<string, unknown>;

const GPU = "nvidia.com/gpu";
const SERVICES = 60;
const REVISIONS = 10;
const MODELS = 6;
const STEPS = 65;

/** Nodes of the mixed cluster. */
export const MIXED_NODES: readonly Raw[] = [
  ...nodes("general", 80, {}),
  ...nodes("gpu", 8, { taint: GPU, resource: GPU }),
  ...nodes("arm", 8, { arch: "arm64" }),
  ...nodes("team", 8, { taint: "dedicated" }),
];

/** All objects of the mixed cluster. */
export function mixedCluster(): Raw[] {
  return [...MIXED_NODES, ...services(), ...models(), ...steps()];
}

/** Bytes of an image, made up: models are large, sidecars small. */
export function mixedBytes(reference: string): number {
  if (reference.includes("/models/")) return 20e9;
  return reference.includes("/mesh/") ? 60e6 : 400e6;
}

function nodes(
  pool: string,
  count: number,
  { taint, resource, arch = "amd64" }: { taint?: string; resource?: string; arch?: string },
): Raw[] {
  return Array.from({ length: count }, (_, number) => ({
    apiVersion: "v1",
    kind: "Node",
    metadata: {
      name: `${pool}-${number}`,
      labels: { pool, "kubernetes.io/arch": arch, "kubernetes.io/os": "linux" },
    },
    spec: taint === undefined ? {} : { taints: [{ key: taint, effect: "NoSchedule" }] },
    status: { allocatable: { cpu: "8", ...(resource !== undefined && { [resource]: "1" }) } },
  }));
}

/** Half of them Deployments, half Rollouts; of each revision the newest runs. */
function services(): Raw[] {
  return Array.from({ length: SERVICES }, (_, number) => {
    const isRollout = number % 2 === 1;
    const owner = {
      apiVersion: isRollout ? "argoproj.io/v1alpha1" : "apps/v1",
      kind: isRollout ? "Rollout" : "Deployment",
      name: `service-${number}`,
    };
    const at = (revision: number) => `registry.example/service-${number}:v${revision}`;
    const selector = { "kubernetes.io/arch": "amd64" };
    const template = (revision: number) => ({
      spec: { nodeSelector: selector, containers: [{ name: "main", image: at(revision) }] },
    });
    const { name, ...typed } = owner;
    const sets = Array.from({ length: REVISIONS }, (_, index) => ({
      apiVersion: "apps/v1",
      kind: "ReplicaSet",
      metadata: {
        ...{ name: `${name}-${index + 1}`, namespace: "shop" },
        annotations: { "deployment.kubernetes.io/revision": String(index + 1) },
        ownerReferences: [{ ...owner, controller: true }],
      },
      spec: { replicas: index + 1 === REVISIONS ? 2 : 0, template: template(index + 1) },
    }));
    const set = { apiVersion: "apps/v1", kind: "ReplicaSet", name: `${name}-${REVISIONS}` };
    const pod = {
      apiVersion: "v1",
      kind: "Pod",
      metadata: {
        ...{ name: `${name}-x`, namespace: "shop" },
        ownerReferences: [{ ...set, controller: true }],
      },
      spec: {
        ...{ nodeName: "general-1", nodeSelector: selector },
        containers: [
          { name: "main", image: at(REVISIONS).replace("registry", "mirror") },
          { name: "proxy", image: "mirror.example/mesh/proxy:1" },
        ],
      },
      status: { phase: "Running" },
    };
    const spec = { template: template(REVISIONS) };
    return [{ ...typed, metadata: { name, namespace: "shop" }, spec }, ...sets, pod];
  }).flat();
}

/** They tolerate every taint, as many charts have it, and ask for a GPU. */
function models(): Raw[] {
  return Array.from({ length: MODELS }, (_, number) => ({
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: `model-${number}`, namespace: "ml" },
    spec: {
      template: {
        spec: {
          tolerations: [{ operator: "Exists" }],
          containers: [{
            name: "main",
            image: `registry.example/models/m${number}:1`,
            resources: { limits: { [GPU]: 1 } },
          }],
        },
      },
    },
  }));
}

/** Each on a node of its own, with a selector of its own: more placements than there were allowed. */
function steps(): Raw[] {
  return Array.from({ length: STEPS }, (_, number) => ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      ...{ name: `step-${number}`, namespace: "ci" },
      ownerReferences: [
        { apiVersion: "ci.example/v1", kind: "Run", name: `run-${number}`, controller: true },
      ],
    },
    spec: {
      nodeName: `general-${number}`,
      nodeSelector: { pool: "general" },
      containers: [{ name: "main", image: "registry.example/ci/builder:1" }],
    },
    status: { phase: "Running" },
  }));
}
