import { inKeyOrder } from "../in_key_order.ts";
import { unlessEmpty } from "../unless_empty.ts";
import { withoutUnset } from "../without_unset.ts";
import type { NodeRequirement, NodeTerm, Placement, Toleration } from "../objects/observed.ts";
import { TRANSIENT_TAINTS } from "./transient_taints.ts";
import { namedResources } from "./countable_resources.ts";
import {
  type Fields,
  fieldsOf,
  isFields,
  itemsOf,
  scalarText,
  textOf,
  textsOf,
} from "../objects/raw_value.ts";

/** Tolerates every taint: an `Exists` toleration without key and effect. */
const TOLERATES_EVERYTHING: Toleration = { operator: "Exists" };

/**
 * Reads where pods of this specification may run. `added` are tolerations that a controller adds to
 * the pods it makes. Tolerations are in an order of their own, and those that decide nothing are
 * left out: so pods that may run on the same nodes have equal placements.
 */
export function placementOf(spec: unknown, added: readonly Toleration[] = []): Placement {
  const fields = fieldsOf(spec);
  const { extended, nonZero } = namedResources(fields);
  const tolerations = orderedTolerations([
    ...tolerationsOf(fields["tolerations"]),
    ...added,
    ...extended.map((name) => exists(name, "NoSchedule")),
  ]);
  return withoutUnset({
    nodeSelector: unlessEmpty(textsOf(fields["nodeSelector"])),
    affinity: requiredTerms(fields["affinity"]),
    tolerations: unlessEmpty(tolerations),
    os: osOf(fields),
    resources: unlessEmpty(nonZero),
  });
}

/** The tolerations of a list, as they are. */
export function tolerationsOf(list: unknown): readonly Toleration[] {
  return itemsOf(list).filter(isFields).map(toleration);
}

/** Tolerations each once, ordered, without those of taints that are ignored. */
export function orderedTolerations(tolerations: readonly Toleration[]): readonly Toleration[] {
  const byText = new Map<string, Toleration>();
  for (const each of tolerations) {
    const { key, operator, value, effect } = each;
    if (key !== undefined && TRANSIENT_TAINTS.has(key)) continue;
    byText.set(JSON.stringify([key, operator, value, effect]), each);
  }
  return inKeyOrder(byText).map(([, each]) => each);
}

/** Where pods of a specification that names their node run: there alone, whatever taints it has. */
export function placementOnNode(node: string, spec: unknown): Placement {
  return withoutUnset({
    affinity: [{ matchFields: [{ key: "metadata.name", operator: "In", values: [node] }] }],
    tolerations: [TOLERATES_EVERYTHING],
    os: osOf(fieldsOf(spec)),
  });
}

function osOf(spec: Fields): string | undefined {
  return textOf(fieldsOf(spec["os"])["name"]);
}

/**
 * Tolerations that the DaemonSet controller adds (Kubernetes 1.35:
 * pkg/controller/daemon/util `AddOrUpdateDaemonPodTolerations`).
 */
export function daemonTolerations(spec: unknown): readonly Toleration[] {
  const hostNetwork = fieldsOf(spec)["hostNetwork"] === true;
  return hostNetwork ? [...DAEMON_TOLERATIONS, NETWORK_UNAVAILABLE] : DAEMON_TOLERATIONS;
}

const DAEMON_TOLERATIONS: readonly Toleration[] = [
  exists("node.kubernetes.io/not-ready", "NoExecute"),
  exists("node.kubernetes.io/unreachable", "NoExecute"),
  exists("node.kubernetes.io/disk-pressure", "NoSchedule"),
  exists("node.kubernetes.io/memory-pressure", "NoSchedule"),
  exists("node.kubernetes.io/pid-pressure", "NoSchedule"),
  exists("node.kubernetes.io/unschedulable", "NoSchedule"),
];

const NETWORK_UNAVAILABLE = exists("node.kubernetes.io/network-unavailable", "NoSchedule");

function exists(key: string, effect: string): Toleration {
  return { key, operator: "Exists", effect };
}

/** Alternatives of the required node affinity; no node meets an empty list. */
function requiredTerms(affinity: unknown): readonly NodeTerm[] | undefined {
  const nodeAffinity = fieldsOf(fieldsOf(affinity)["nodeAffinity"]);
  const required = nodeAffinity["requiredDuringSchedulingIgnoredDuringExecution"];
  if (!isFields(required)) return undefined;
  return itemsOf(required["nodeSelectorTerms"]).map(nodeTerm);
}

function nodeTerm(raw: unknown): NodeTerm {
  const fields = fieldsOf(raw);
  return withoutUnset({
    matchExpressions: unlessEmpty(itemsOf(fields["matchExpressions"]).map(requirement)),
    matchFields: unlessEmpty(itemsOf(fields["matchFields"]).map(requirement)),
  });
}

function requirement(raw: unknown): NodeRequirement {
  const fields = fieldsOf(raw);
  return withoutUnset({
    key: scalarText(fields["key"]) ?? "",
    operator: scalarText(fields["operator"]) ?? "",
    values: unlessEmpty(itemsOf(fields["values"]).map((value) => scalarText(value) ?? "")),
  });
}

function toleration(fields: Fields): Toleration {
  return withoutUnset({
    key: textOf(fields["key"]),
    operator: textOf(fields["operator"]),
    value: scalarText(fields["value"]) || undefined,
    effect: textOf(fields["effect"]),
  });
}
