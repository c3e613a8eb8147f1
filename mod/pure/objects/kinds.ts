import { holds, startsNone } from "./asleep.ts";
import type { GroupKind } from "./group_kind.ts";
import { type Kind, kindName } from "./kind.ts";
import { KNOWN_KINDS } from "./known_kinds.ts";
import { observePriorityClass, observeRuntimeClass } from "./observe_classes.ts";
import { observeControllerRevision } from "./observe_controller_revision.ts";
import { observeImageList } from "./observe_image_list.ts";
import { observeNamespace, observeNode } from "./observe_node.ts";
import { observeServiceAccount } from "./observe_service_account.ts";
import {
  observeCronJob,
  observeDaemonSet,
  observeJob,
  observePod,
  observeRevision,
  observeTemplated,
} from "./observe_workload.ts";

/** What the kinds of one API have in common. */
const CORE = { group: "", version: "v1", namespaced: true, speaksForOwned: false };
const APPS = { group: "apps", version: "v1", namespaced: true, speaksForOwned: true };
const BATCH = { group: "batch", version: "v1", namespaced: true, speaksForOwned: true };
const CLUSTER = { version: "v1", namespaced: false, speaksForOwned: false };

/** Kubernetes' own kinds whose objects ask for images; every API server has them. */
export const BUILT_IN_KINDS: readonly Kind[] = [
  { ...APPS, kind: "Deployment", plural: "deployments", observe: observeTemplated },
  { ...APPS, kind: "StatefulSet", plural: "statefulsets", observe: observeTemplated },
  { ...APPS, kind: "DaemonSet", plural: "daemonsets", observe: observeDaemonSet },
  { ...APPS, kind: "ReplicaSet", plural: "replicasets", observe: observeRevision },
  {
    ...APPS,
    kind: "ControllerRevision",
    plural: "controllerrevisions",
    speaksForOwned: false,
    observe: observeControllerRevision,
  },
  {
    ...CORE,
    kind: "ReplicationController",
    plural: "replicationcontrollers",
    speaksForOwned: true,
    observe: observeRevision,
  },
  {
    ...CORE,
    kind: "Pod",
    plural: "pods",
    // One that ends is told as deleted.
    fieldSelector: "status.phase!=Succeeded,status.phase!=Failed",
    observe: observePod,
  },
  {
    ...BATCH,
    kind: "Job",
    plural: "jobs",
    isAsleep: holds(["spec", "parallelism"], 0),
    observe: observeJob,
  },
  { ...BATCH, kind: "CronJob", plural: "cronjobs", observe: observeCronJob },
  {
    ...CORE,
    kind: "ConfigMap",
    plural: "configmaps",
    labelSelector: "warm-images/list=true",
    isAsleep: startsNone,
    observe: observeImageList,
  },
];

/** Kinds that say where pods may run, which go first, and by what they pull; they are always read. */
export const CLUSTER_KINDS: readonly Kind[] = [
  {
    ...CLUSTER,
    group: "",
    kind: "Namespace",
    plural: "namespaces",
    metadataOnly: true,
    observe: observeNamespace,
  },
  { ...CLUSTER, group: "", kind: "Node", plural: "nodes", observe: observeNode },
  {
    ...CLUSTER,
    group: "node.k8s.io",
    kind: "RuntimeClass",
    plural: "runtimeclasses",
    observe: observeRuntimeClass,
  },
  {
    ...CLUSTER,
    group: "scheduling.k8s.io",
    kind: "PriorityClass",
    plural: "priorityclasses",
    observe: observePriorityClass,
  },
  {
    ...CORE,
    kind: "ServiceAccount",
    plural: "serviceaccounts",
    observe: observeServiceAccount,
  },
];

/** As `kindName` for any kind: one that is in no table here is called `Kind.group`. */
export function kindNameOf({ group, kind }: GroupKind): string {
  const known = findKind({ group, kind });
  return known !== undefined ? kindName(known) : group === "" ? kind : `${kind}.${group}`;
}

/** The kind of this group and kind in the tables. */
export function findKind({ group, kind }: GroupKind): Kind | undefined {
  return BY_KIND.get(kind)?.find((each) => each.group === group);
}

/** Names of the kinds that speak for what they own. */
export const SPEAKING_KINDS: ReadonlySet<string> = new Set(
  [...BUILT_IN_KINDS, ...KNOWN_KINDS].filter((kind) => kind.speaksForOwned).map(kindName),
);

const BY_KIND: ReadonlyMap<string, readonly Kind[]> = Map.groupBy(
  [...BUILT_IN_KINDS, ...KNOWN_KINDS, ...CLUSTER_KINDS],
  ({ kind }) => kind,
);
