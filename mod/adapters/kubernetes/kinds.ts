/** One kind of object, and where the API server has it. */
export interface KindTarget {
  readonly kind: string;
  readonly apiVersion: string;
  /** Path of its collection over all namespaces. */
  readonly path: string;
  /** As RBAC and `kubectl` name it. */
  readonly resource: string;
  readonly namespaced: boolean;
}

const NAMESPACE = core("Namespace", "namespaces", false);
const NODE = core("Node", "nodes", false);

const WORKLOADS: readonly KindTarget[] = [
  grouped("Deployment", "apps", "deployments"),
  grouped("StatefulSet", "apps", "statefulsets"),
  grouped("DaemonSet", "apps", "daemonsets"),
  grouped("ReplicaSet", "apps", "replicasets"),
  core("Pod", "pods", true),
  grouped("Job", "batch", "jobs"),
  grouped("CronJob", "batch", "cronjobs"),
];

/** Kinds that may be asked for; Namespace and Node are always followed. */
export const WORKLOAD_KINDS: readonly string[] = WORKLOADS.map(({ kind }) => kind);

/** Targets of the named workload kinds, and of Namespace and Node. Throws on an unknown kind. */
export function targetsOf(kinds: readonly string[]): KindTarget[] {
  const targets = [...new Set(kinds)].map((kind) => {
    const target = WORKLOADS.find((each) => each.kind === kind);
    if (target !== undefined) return target;
    throw new Error(`Cannot follow kind "${kind}": known are ${WORKLOAD_KINDS.join(", ")}`);
  });
  return [NAMESPACE, NODE, ...targets];
}

function core(kind: string, plural: string, namespaced: boolean): KindTarget {
  return { kind, apiVersion: "v1", path: `/api/v1/${plural}`, resource: plural, namespaced };
}

function grouped(kind: string, group: string, plural: string): KindTarget {
  const apiVersion = `${group}/v1`;
  const path = `/apis/${apiVersion}/${plural}`;
  return { kind, apiVersion, path, resource: `${plural}.${group}`, namespaced: true };
}
