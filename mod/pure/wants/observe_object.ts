import type { Observed } from "./observed.ts";
import { observeNamespace, observeNode } from "./observe_node.ts";
import {
  observeCronJob,
  observeDaemonSet,
  observeJob,
  observePod,
  observeTemplated,
} from "./observe_workload.ts";
import { isFields, textOf } from "./raw_value.ts";

/**
 * Keeps of one parsed API object what the controller needs. Kinds that want no images are
 * `ignored`. Never throws; what an object has wrong is among its faults. The items of an API
 * server's list have no `apiVersion`: one that is absent is taken to be right.
 */
export function observeObject(raw: unknown): Observed {
  if (!isFields(raw)) return { type: "ignored" };
  const kind = OBSERVED_KINDS.get(textOf(raw["kind"]) ?? "");
  const apiVersion = textOf(raw["apiVersion"]);
  if (!kind || (apiVersion !== undefined && groupOf(apiVersion) !== kind.group)) {
    return { type: "ignored" };
  }
  return kind.observe(raw);
}

interface ObservedKind {
  /** API group; empty for the core group. */
  readonly group: string;
  readonly observe: (raw: Readonly<Record<string, unknown>>) => Observed;
}

const OBSERVED_KINDS: ReadonlyMap<string, ObservedKind> = new Map<string, ObservedKind>([
  ["Deployment", { group: "apps", observe: (raw) => observeTemplated(raw, "Deployment") }],
  ["StatefulSet", { group: "apps", observe: (raw) => observeTemplated(raw, "StatefulSet") }],
  ["ReplicaSet", { group: "apps", observe: (raw) => observeTemplated(raw, "ReplicaSet") }],
  ["DaemonSet", { group: "apps", observe: observeDaemonSet }],
  ["Job", { group: "batch", observe: observeJob }],
  ["CronJob", { group: "batch", observe: observeCronJob }],
  ["Pod", { group: "", observe: observePod }],
  ["Namespace", { group: "", observe: observeNamespace }],
  ["Node", { group: "", observe: observeNode }],
]);

function groupOf(apiVersion: string): string {
  const slash = apiVersion.indexOf("/");
  return slash < 0 ? "" : apiVersion.slice(0, slash);
}
