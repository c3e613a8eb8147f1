import { allocatableResources } from "../placement/countable_resources.ts";
import { unlessEmpty } from "../unless_empty.ts";
import { withoutUnset } from "../without_unset.ts";
import { WARM_CONDITION } from "../node_gate/warm_condition.ts";
import { readMarks } from "./marks.ts";
import { asksToSkip, metadataOf } from "./observe_metadata.ts";
import type { Observed, Taint } from "./observed.ts";
import {
  type Fields,
  fieldsOf,
  isFields,
  itemsOf,
  scalarText,
  textOf,
  textsOf,
} from "./raw_value.ts";

/** Keeps what decides which pods a node may run. A node without a name is ignored. */
export function observeNode(raw: Fields): Observed {
  const { name } = metadataOf(raw);
  if (name === "") return { type: "ignored" };
  const metadata = fieldsOf(raw["metadata"]);
  const spec = fieldsOf(raw["spec"]);
  const status = fieldsOf(raw["status"]);
  const info = fieldsOf(status["nodeInfo"]);
  const labels = textsOf(metadata["labels"]);
  const allocatable = unlessEmpty(fieldsOf(status["allocatable"]));
  const taints = itemsOf(spec["taints"]).filter(isFields).map(taint);
  return {
    type: "node",
    node: withoutUnset({
      name,
      uid: textOf(metadata["uid"]) ?? "",
      labels,
      taints,
      // kubelet sets these labels too; empty when they are missing as well.
      architecture: textOf(info["architecture"]) ?? labels["kubernetes.io/arch"] ?? "",
      os: textOf(info["operatingSystem"]) ?? labels["kubernetes.io/os"] ?? "",
      unschedulable: spec["unschedulable"] === true,
      skip: asksToSkip(raw),
      resources: allocatable && allocatableResources(allocatable),
      createdMs: timeOf(metadata["creationTimestamp"]),
      taintsMs: taints.length > 0 ? taintsWrittenMs(metadata["managedFields"]) : undefined,
      warmCondition: warmCondition(status["conditions"]),
    }),
  };
}

/** Keeps what users say of a namespace. A namespace without a name is ignored. */
export function observeNamespace(raw: Fields): Observed {
  const { name } = metadataOf(raw);
  if (name === "") return { type: "ignored" };
  const { marks, faults } = readMarks(raw, { isNamespace: true });
  const namespace = withoutUnset({
    name,
    skip: asksToSkip(raw),
    marks,
    faults: unlessEmpty(faults),
  });
  return { type: "namespace", namespace };
}

/**
 * When somebody's set of fields that has `spec.taints` changed last, by the API server's record of
 * who wrote what: https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management
 * What is written of a status, as by kubelet's heartbeats, has entries of its own.
 */
function taintsWrittenMs(managedFields: unknown): number | undefined {
  const times = itemsOf(managedFields).map(fieldsOf)
    .filter(({ subresource, fieldsV1 }) =>
      !subresource && isFields(fieldsOf(fieldsOf(fieldsV1)["f:spec"])["f:taints"])
    )
    .flatMap(({ time }) => timeOf(time) ?? []);
  return times.length > 0 ? Math.max(...times) : undefined;
}

function warmCondition(conditions: unknown): string | undefined {
  const found = itemsOf(conditions).map(fieldsOf).find(({ type }) => type === WARM_CONDITION);
  return textOf(found?.["status"]);
}

function timeOf(value: unknown): number | undefined {
  const ms = Date.parse(textOf(value) ?? "");
  return Number.isFinite(ms) ? ms : undefined;
}

function taint(fields: Fields): Taint {
  return withoutUnset({
    key: scalarText(fields["key"]) ?? "",
    effect: scalarText(fields["effect"]) ?? "",
    value: scalarText(fields["value"]) || undefined,
  });
}
