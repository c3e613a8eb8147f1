import { KindChoice } from "../../mod/pure/objects/kind_choice.ts";
import type { Observed } from "../../mod/pure/objects/observed.ts";
import { SharedValues } from "../../mod/pure/objects/shared_values.ts";
import { whatItLeaves } from "../../mod/pure/objects/what_it_leaves.ts";

type Raw = Record<string, unknown>;

/** A kind and where in its objects the pod's specification goes. */
interface KindOfBench {
  readonly apiVersion: string;
  readonly kind: string;
  readonly put: (podSpec: Raw) => Raw;
}

const TEMPLATE = (spec: Raw): Raw => ({ spec: { template: { spec } } });
const KINDS: readonly KindOfBench[] = [
  { apiVersion: "apps/v1", kind: "Deployment", put: TEMPLATE },
  { apiVersion: "apps/v1", kind: "StatefulSet", put: TEMPLATE },
  { apiVersion: "apps/v1", kind: "DaemonSet", put: TEMPLATE },
  { apiVersion: "v1", kind: "ReplicationController", put: TEMPLATE },
  { apiVersion: "v1", kind: "Pod", put: (spec) => ({ spec, status: { phase: "Running" } }) },
  { apiVersion: "batch/v1", kind: "Job", put: TEMPLATE },
  {
    apiVersion: "batch/v1",
    kind: "CronJob",
    put: (spec) => ({ spec: { schedule: "0 1 * * *", jobTemplate: TEMPLATE(spec) } }),
  },
  { apiVersion: "argoproj.io/v1alpha1", kind: "Rollout", put: TEMPLATE },
  { apiVersion: "apps.kruise.io/v1alpha1", kind: "CloneSet", put: TEMPLATE },
  {
    apiVersion: "keda.sh/v1alpha1",
    kind: "ScaledJob",
    put: (spec) => ({ spec: { jobTargetRef: { template: { spec } } } }),
  },
  { apiVersion: "serving.knative.dev/v1", kind: "Service", put: TEMPLATE },
  { apiVersion: "apps.openshift.io/v1", kind: "DeploymentConfig", put: TEMPLATE },
];

/** How large the cluster is. */
export interface PassClusterSize {
  readonly workloads: number;
  readonly nodes: number;
  readonly placements: number;
  readonly images: number;
  /** Revisions of each Deployment, of which the newest has pods. */
  readonly revisions: number;
  /** One in so many Deployments has pods that differ from their template. */
  readonly differing: number;
}

/** What a source would hold of a cluster of this size; `changed` is the nth workload anew. */
export class PassCluster {
  readonly #size: PassClusterSize;
  readonly #choice = new KindChoice(["auto"]);
  readonly #placements = new SharedValues<unknown>();
  /** What is known of every object. */
  readonly records: Observed[] = [];

  constructor(size: PassClusterSize) {
    this.#size = size;
    for (let number = 0; number < size.nodes; number++) this.#take(this.#node(number));
    for (let number = 0; number < size.workloads; number++) {
      this.#take(this.#workload(number, 1));
      if (number % KINDS.length === 0) this.#takeRevisions(number);
    }
  }

  /** The cluster after the workload has got an image that no other has. */
  changed(number: number): Observed[] {
    const records = this.records.slice();
    const record = this.#observe(this.#workload(number, 2));
    if (record !== undefined) records[this.#indexOf(record)] = record;
    return records;
  }

  #indexOf(record: Observed): number {
    return this.records.findIndex((each) =>
      each.type === "workload" && record.type === "workload" &&
      each.workload.kind === record.workload.kind && each.workload.name === record.workload.name
    );
  }

  #takeRevisions(number: number): void {
    const { revisions, differing } = this.#size;
    const owner = { apiVersion: "apps/v1", kind: "Deployment", name: nameOf(number) };
    for (let back = revisions - 1; back >= 0; back--) {
      const name = `${nameOf(number)}-${back}`;
      const replicas = back === 0 ? 1 : 0;
      this.#take({
        apiVersion: "apps/v1",
        kind: "ReplicaSet",
        metadata: {
          ...{ name, namespace: spaceOf(number) },
          annotations: { "deployment.kubernetes.io/revision": String(revisions - back) },
          ownerReferences: [{ ...owner, controller: true }],
        },
        spec: { replicas, template: { spec: this.#podSpec(number, 1 - back) } },
      });
      if (replicas === 0) continue;
      const containers = [{ name: "proxy", image: "mesh.example/proxy:1" }];
      const spec = this.#podSpec(number, 1, number % differing === 0 ? containers : []);
      this.#take({
        apiVersion: "v1",
        kind: "Pod",
        metadata: {
          ...{ name: `${name}-x`, namespace: spaceOf(number) },
          ownerReferences: [{ apiVersion: "apps/v1", kind: "ReplicaSet", name, controller: true }],
        },
        spec: { ...spec, nodeName: "node-1" },
        status: { phase: "Running" },
      });
    }
  }

  #workload(number: number, version: number): Raw {
    const { apiVersion, kind, put } = KINDS[number % KINDS.length] as KindOfBench;
    const metadata = { name: nameOf(number), namespace: spaceOf(number) };
    return { apiVersion, kind, metadata, ...put(this.#podSpec(number, version)) };
  }

  #podSpec(number: number, version: number, more: readonly Raw[] = []): Raw {
    const { images, placements } = this.#size;
    const image = `registry.example/team-${number % 50}/app-${number % images}:v${version}`;
    const pool = `pool-${number % placements}`;
    return {
      containers: [{ name: "main", image }, ...more],
      nodeSelector: { pool },
      tolerations: [{ key: "pool", operator: "Equal", value: pool, effect: "NoSchedule" }],
    };
  }

  #node(number: number): Raw {
    const pool = `pool-${number % this.#size.placements}`;
    return {
      apiVersion: "v1",
      kind: "Node",
      metadata: { name: `node-${number}`, uid: `uid-${number}`, labels: { pool } },
      spec: { taints: [{ key: "pool", value: pool, effect: "NoSchedule" }] },
      status: { nodeInfo: { architecture: "amd64", operatingSystem: "linux" } },
    };
  }

  #take(raw: Raw): void {
    const record = this.#observe(raw);
    if (record !== undefined) this.records.push(record);
  }

  /** As a source does, which holds equal placements once. */
  #observe(raw: Raw): Observed | undefined {
    const kind = this.#choice.ofObject(String(raw["apiVersion"]), String(raw["kind"]));
    const record = kind && whatItLeaves(raw, kind);
    if (record?.type !== "workload") return record;
    const shapes = record.workload.shapes.map((shape) => ({
      ...shape,
      placement: this.#placements.take(shape.placement) as typeof shape.placement,
    }));
    return { type: "workload", workload: { ...record.workload, shapes } };
  }
}

const nameOf = (number: number) => `app-${number}`;
const spaceOf = (number: number) => `space-${number % 200}`;
