import type { GroupKind } from "./group_kind.ts";
import type { Observed } from "./observed.ts";
import { observeNamespace, observeNode } from "./observe_node.ts";
import {
  observeCronJob,
  observeDaemonSet,
  observeJob,
  observePod,
  observeTemplated,
} from "./observe_workload.ts";

/**
 * A kind of object that the controller reads. Everything that is said of kinds elsewhere follows
 * from the tables below, or is held to them by a test (`tests/chart/kinds_test.ts`,
 * `tests/house/kinds_test.ts`).
 *
 * To add a kind:
 * 1. Add a row to `WORKLOAD_KINDS`. `observeTemplated` serves every kind that has its pod template
 *    in `spec.template`; a kind with oddities gets a function in a file of its own beside this one.
 * 2. Run `deno task test:unit`. It names the lists in the chart and in the documentation that lack
 *    the new kind.
 */
export interface Kind extends GroupKind {
  readonly version: string;
  /** Its name in paths of the API, and in RBAC. */
  readonly plural: string;
  readonly namespaced: boolean;
  /** Whether it makes pods, itself or by way of another kind: what it owns is left to it. */
  readonly ownsPods: boolean;
  /** Whether its metadata says all that is needed: an API server then sends no more. */
  readonly metadataOnly?: boolean;
  /** Field selector of the objects that can matter: an API server sends no others. */
  readonly fieldSelector?: string;
  /** What settings, logs, metrics and reasons call it where another row has the same `kind`. */
  readonly alias?: string;
  /** Keeps of a parsed object what the controller needs. `name` is `kindName` of this row. */
  readonly observe: (raw: Readonly<Record<string, unknown>>, name: string) => Observed;
}

/** What the kinds of one API have in common. */
const CORE = { group: "", version: "v1", namespaced: true, ownsPods: false };
const APPS = { group: "apps", version: "v1", namespaced: true, ownsPods: true };
const BATCH = { group: "batch", version: "v1", namespaced: true, ownsPods: true };

const CLUSTER = { ...CORE, namespaced: false };

/** Kinds whose objects ask for images; `--kinds` chooses among them. */
export const WORKLOAD_KINDS: readonly Kind[] = [
  { ...APPS, kind: "Deployment", plural: "deployments", observe: observeTemplated },
  { ...APPS, kind: "StatefulSet", plural: "statefulsets", observe: observeTemplated },
  { ...APPS, kind: "DaemonSet", plural: "daemonsets", observe: observeDaemonSet },
  { ...APPS, kind: "ReplicaSet", plural: "replicasets", observe: observeTemplated },
  {
    ...CORE,
    kind: "Pod",
    plural: "pods",
    // One that ends is told as deleted.
    fieldSelector: "status.phase!=Succeeded,status.phase!=Failed",
    observe: observePod,
  },
  { ...BATCH, kind: "Job", plural: "jobs", observe: observeJob },
  { ...BATCH, kind: "CronJob", plural: "cronjobs", observe: observeCronJob },
];

/** Kinds that say where pods may run; they are always read. */
export const CLUSTER_KINDS: readonly Kind[] = [
  {
    ...CLUSTER,
    kind: "Namespace",
    plural: "namespaces",
    metadataOnly: true,
    observe: observeNamespace,
  },
  { ...CLUSTER, kind: "Node", plural: "nodes", observe: observeNode },
];

/** What settings, logs, metrics and reasons call a kind; no two kinds have the same name. */
export function kindName({ kind, alias }: Kind): string {
  return alias ?? kind;
}

/** Names of the kinds that `--kinds` chooses among. */
export const WORKLOAD_KIND_NAMES: readonly string[] = WORKLOAD_KINDS.map(kindName);

/** The kinds with these names, and those that are always read. Throws on an unknown name. */
export function kindsToRead(names: readonly string[]): Kind[] {
  const chosen = [...new Set(names)].map((name) => {
    const kind = WORKLOAD_KINDS.find((each) => kindName(each) === name);
    if (kind !== undefined) return kind;
    throw new Error(`Cannot follow kind "${name}": known are ${WORKLOAD_KIND_NAMES.join(", ")}`);
  });
  return [...CLUSTER_KINDS, ...chosen];
}

/** The kind that objects of this group and kind are of; undefined for kinds that are not read. */
export function findKind({ group, kind }: GroupKind): Kind | undefined {
  return BY_KIND.get(kind)?.find((each) => each.group === group);
}

/** As `findKind` for an object that does not say its group: the first of this `kind`. */
export function findKindOfAnyGroup(kind: string): Kind | undefined {
  return BY_KIND.get(kind)?.[0];
}

const BY_KIND: ReadonlyMap<string, readonly Kind[]> = Map.groupBy(
  [...WORKLOAD_KINDS, ...CLUSTER_KINDS],
  ({ kind }) => kind,
);
