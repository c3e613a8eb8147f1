import type { GroupKind } from "./group_kind.ts";
import { controllingOwner, metadataOf } from "./observe_metadata.ts";
import { fieldsOf, itemsOf, textOf } from "./raw_value.ts";

type Fields = Readonly<Record<string, unknown>>;

/**
 * The node that a Pod itself asks for; undefined where the scheduler chose the one it is on: the
 * next pod of its kind may run elsewhere. Mirror pods are their kubelet's. Whoever makes a Pod with
 * `spec.nodeName` owns that field by the API server's record, while the scheduler, which binds it by
 * a subresource, owns none. Manifests have no such record: a Pod without a status is as written.
 * https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management
 */
export function pinnedNode(raw: Fields): string | undefined {
  const node = textOf(fieldsOf(raw["spec"])["nodeName"]);
  if (node === undefined) return undefined;
  const { annotations } = metadataOf(raw);
  if (textOf(annotations[MIRROR]) !== undefined) return node;
  const owner = controllingOwner(raw);
  if (owner?.kind === "Node") return node;
  const managed = fieldsOf(raw["metadata"])["managedFields"];
  if (managed !== undefined) return ownsNodeName(managed) ? node : undefined;
  const hasRun = Object.keys(fieldsOf(raw["status"])).length > 0;
  return hasRun || owner !== undefined ? undefined : node;
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
 * The specification of a DaemonSet's pod without the requirement that binds it to its node
 * (`ReplaceDaemonSetPodNodeNameNodeAffinity` of pkg/controller/daemon/util): in all terms.
 */
export function withoutNodeName(spec: unknown): Fields {
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
