import type {
  Observed,
  ObservedNamespace,
  ObservedNode,
  ObservedPod,
  ObservedPriorityClass,
  ObservedRuntimeClass,
  ObservedServiceAccount,
  ObservedWorkload,
} from "../objects/observed.ts";

/** All objects that are known, by type. */
export interface SeenObjects {
  readonly workloads: readonly ObservedWorkload[];
  /** What pods that an object has made show, equal ones once. */
  readonly pods: readonly ObservedPod[];
  readonly namespaces: readonly ObservedNamespace[];
  readonly nodes: readonly ObservedNode[];
  /** Those that have pull secrets. */
  readonly serviceAccounts: readonly ObservedServiceAccount[];
  readonly runtimeClasses: readonly ObservedRuntimeClass[];
  readonly priorityClasses: readonly ObservedPriorityClass[];
}

/** Sorts records by type. */
export function seenObjects(records: Iterable<Observed>): SeenObjects {
  const seen = {
    workloads: [] as ObservedWorkload[],
    pods: [] as ObservedPod[],
    namespaces: [] as ObservedNamespace[],
    nodes: [] as ObservedNode[],
    serviceAccounts: [] as ObservedServiceAccount[],
    runtimeClasses: [] as ObservedRuntimeClass[],
    priorityClasses: [] as ObservedPriorityClass[],
  };
  for (const record of records) {
    switch (record.type) {
      case "workload":
        seen.workloads.push(record.workload);
        break;
      case "pod":
        seen.pods.push(record.pod);
        break;
      case "namespace":
        seen.namespaces.push(record.namespace);
        break;
      case "node":
        seen.nodes.push(record.node);
        break;
      case "serviceAccount":
        seen.serviceAccounts.push(record.serviceAccount);
        break;
      case "runtimeClass":
        seen.runtimeClasses.push(record.runtimeClass);
        break;
      case "priorityClass":
        seen.priorityClasses.push(record.priorityClass);
        break;
      case "ignored":
        break;
      default:
        record satisfies never;
    }
  }
  return seen;
}
