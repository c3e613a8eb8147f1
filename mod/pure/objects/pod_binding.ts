import type { GroupKind } from "./group_kind.ts";
import { controllingOwner, metadataOf } from "./observe_metadata.ts";
import { type Fields, fieldsOf, itemsOf, textOf } from "./raw_value.ts";

/**
 * What a Pod asks for, without the node that was chosen for it: the next pod of its kind may run
 * elsewhere.
 */
export function unboundSpec(raw: Fields): unknown {
  const spec = fieldsOf(raw["spec"]);
  if (textOf(spec["nodeName"]) === undefined || asksForNode(raw)) return raw["spec"];
  const { nodeName: _, ...unbound } = spec;
  const owner = controllingOwner(raw);
  return owner !== undefined && isOfDaemon(owner) ? withoutNodeName(unbound) : unbound;
}

/**
 * Whether a Pod itself asks for its node; else the scheduler chose it. Mirror pods are their
 * kubelet's. Whoever makes a Pod with `spec.nodeName` owns that field by the API server's record,
 * while the scheduler, which binds it by a subresource, owns none. Manifests have no such record: a
 * Pod without a status is as written.
 * https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management
 */
function asksForNode(raw: Fields): boolean {
  const owner = controllingOwner(raw);
  const { annotations } = metadataOf(raw);
  if (textOf(annotations[MIRROR]) !== undefined || owner?.kind === "Node") return true;
  const managed = fieldsOf(raw["metadata"])["managedFields"];
  if (managed !== undefined) return ownsNodeName(managed);
  return owner === undefined && Object.keys(fieldsOf(raw["status"])).length === 0;
}

const MIRROR = "kubernetes.io/config.mirror";

function ownsNodeName(managed: unknown): boolean {
  return itemsOf(managed).some((entry) => {
    const spec = fieldsOf(fieldsOf(fieldsOf(entry)["fieldsV1"])["f:spec"]);
    return spec["f:nodeName"] !== undefined;
  });
}

/** Whether pods of such an owner are made for one node each, as the DaemonSet controller does. */
export function isOfDaemon({ group, kind }: GroupKind): boolean {
  return kind === "DaemonSet" && DAEMON_GROUPS.has(group);
}

const DAEMON_GROUPS: ReadonlySet<string> = new Set(["apps", "apps.kruise.io"]);

/**
 * The specification of a DaemonSet's pod without what binds it to its node. That replaces all terms of
 * the template (`ReplaceDaemonSetPodNodeNameNodeAffinity` of pkg/controller/daemon/util): those that
 * say more, webhooks have added.
 */
function withoutNodeName(spec: unknown): Fields {
  const fields = fieldsOf(spec);
  const affinity = fieldsOf(fields["affinity"]);
  const nodeAffinity = fieldsOf(affinity["nodeAffinity"]);
  const required = fieldsOf(nodeAffinity[REQUIRED]);
  const terms = itemsOf(required["nodeSelectorTerms"]).map(fieldsOf);
  if (!terms.some(({ matchFields }) => matchFields !== undefined)) return fields;
  const kept = terms.map(({ matchFields: _, ...term }) => term)
    .filter(({ matchExpressions }) => itemsOf(matchExpressions).length > 0);
  const without = kept.length === 0 ? undefined : { ...required, nodeSelectorTerms: kept };
  return {
    ...fields,
    affinity: { ...affinity, nodeAffinity: { ...nodeAffinity, [REQUIRED]: without } },
  };
}

const REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution";
