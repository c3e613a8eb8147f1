import { allocatableResources } from "../placement/countable_resources.ts";
import { unlessEmpty } from "../unless_empty.ts";
import { withoutUnset } from "../without_unset.ts";
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
  const info = fieldsOf(fieldsOf(raw["status"])["nodeInfo"]);
  const labels = textsOf(metadata["labels"]);
  const allocatable = unlessEmpty(fieldsOf(fieldsOf(raw["status"])["allocatable"]));
  const createdMs = Date.parse(textOf(metadata["creationTimestamp"]) ?? "");
  return {
    type: "node",
    node: withoutUnset({
      name,
      uid: textOf(metadata["uid"]) ?? "",
      labels,
      taints: itemsOf(spec["taints"]).filter(isFields).map(taint),
      // kubelet sets these labels too; empty when they are missing as well.
      architecture: textOf(info["architecture"]) ?? labels["kubernetes.io/arch"] ?? "",
      os: textOf(info["operatingSystem"]) ?? labels["kubernetes.io/os"] ?? "",
      unschedulable: spec["unschedulable"] === true,
      skip: asksToSkip(raw),
      resources: allocatable && allocatableResources(allocatable),
      createdMs: Number.isFinite(createdMs) ? createdMs : undefined,
    }),
  };
}

/** Keeps what users say of a namespace. A namespace without a name is ignored. */
export function observeNamespace(raw: Fields): Observed {
  const { name } = metadataOf(raw);
  if (name === "") return { type: "ignored" };
  const { marks, faults } = readMarks(raw);
  const namespace = withoutUnset({
    name,
    skip: asksToSkip(raw),
    marks,
    faults: unlessEmpty(faults),
  });
  return { type: "namespace", namespace };
}

function taint(fields: Fields): Taint {
  return withoutUnset({
    key: scalarText(fields["key"]) ?? "",
    effect: scalarText(fields["effect"]) ?? "",
    value: scalarText(fields["value"]) || undefined,
  });
}
