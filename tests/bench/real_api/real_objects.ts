import { type ClusterSize, largeCluster } from "../../harness/fakes/large_cluster.ts";

/** An object of Kubernetes that a real API server takes. */
export interface RealObject {
  readonly metadata: Readonly<Record<string, unknown>> & { readonly name: string };
  readonly [field: string]: unknown;
}

/** What a Deployment's ReplicaSets need to know of it. */
export interface Owner {
  readonly name: string;
  readonly uid: string;
}

/** The objects of `largeCluster()`, as somebody creates them: without what the server adds. */
export class RealObjects {
  readonly #size: ClusterSize;
  readonly #collections: ReturnType<typeof largeCluster>;

  constructor(size: ClusterSize) {
    this.#size = size;
    this.#collections = largeCluster(size);
  }

  namespace(number: number): RealObject {
    return this.#object("/api/v1/namespaces", number);
  }

  /** Not ready yet: kwok says so. */
  node(number: number): RealObject {
    const node = this.#object("/api/v1/nodes", number);
    const room = { cpu: "64", memory: "256Gi", pods: "250" };
    const status = { ...fieldsOf(node.status), allocatable: room, capacity: room, conditions: [] };
    return { ...node, spec: {}, status };
  }

  /** Without pods at first. */
  deployment(number: number): RealObject {
    const deployment = this.#object("/apis/apps/v1/deployments", number);
    const spec = {
      ...fieldsOf(deployment.spec),
      replicas: 0,
      selector: { matchLabels: instanceOf(number) },
    };
    return { ...deployment, spec, status: {} };
  }

  /** Of an earlier revision: it has an image of its own and no pods. */
  replicaSet(number: number, owner: Owner): RealObject {
    const { deployments } = this.#size;
    const app = number % deployments;
    const set = this.#object(
      "/apis/apps/v1/replicasets",
      number,
      (json) =>
        json.replaceAll("1.4.2", `1.3.${Math.floor(number / deployments)}`)
          .replaceAll("7c9d8b6f54", `old-${number}`),
    );
    const selector = { ...instanceOf(app), "pod-template-hash": `old-${number}` };
    return {
      ...set,
      metadata: {
        ...set.metadata,
        ownerReferences: [{
          apiVersion: "apps/v1",
          kind: "Deployment",
          controller: true,
          ...owner,
        }],
      },
      spec: { ...fieldsOf(set.spec), selector: { matchLabels: selector } },
      status: { replicas: 0 },
    };
  }

  #object(path: string, number: number, change = (json: string) => json): RealObject {
    const json = this.#collections.get(path)?.json(number, 0) ?? "{}";
    const object = JSON.parse(change(json)) as RealObject;
    const { name, namespace, labels, annotations } = object.metadata;
    return { ...object, metadata: { name, namespace, labels, annotations } };
  }
}

function instanceOf(app: number) {
  return { "app.kubernetes.io/instance": `app-${app}` };
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}
