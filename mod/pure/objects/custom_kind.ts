import { readAssembled } from "./assembled_pod.ts";
import { fieldPath } from "./field_path.ts";
import { type FoundField, type ImagePath, parseImagePath } from "./image_path.ts";
import type { ImageField } from "./images_in_pod.ts";
import type { Kind, ServedKind } from "./kind.ts";
import { observeParts, observePodShaped } from "./observe_pod_shaped.ts";
import type { ReadShape } from "./observe_pod_spec.ts";
import type { Observed, ObservedFault, Want } from "./observed.ts";
import { type Fields, fieldsOf, itemsOf, textOf } from "./raw_value.ts";

/**
 * A kind that users ask for by `resource.group`. Images are what its pod-shaped parts ask for, and
 * what is at `paths` (JSONPath; those that are none are left out), beside what its row in the tables
 * finds, if it has one.
 */
export function customKind(served: ServedKind, paths: readonly string[], known?: Kind): Kind {
  const { group, kind, version } = served;
  const row: Kind = known !== undefined ? { ...known, version } : {
    ...served,
    alias: `${kind}.${group}`,
    speaksForOwned: false,
    observe: observePodShaped,
  };
  const found = paths.map(parseImagePath).flatMap((each) => "path" in each ? [each.path] : []);
  if (found.length === 0) return row;
  return { ...row, observe: (raw, name) => withFields(row.observe(raw, name), raw, name, found) };
}

/** Adds what fields name to the record of their object. */
function withFields(
  record: Observed,
  raw: Fields,
  kind: string,
  paths: readonly ImagePath[],
): Observed {
  const parts = paths.flatMap((path) => readFields(raw, path));
  if (record.type !== "workload") return observeParts(raw, parts, { kind });
  const { shapes, faults } = record.workload;
  // What a part of the object asks for has the better placement.
  const known = new Set(shapes.flatMap(({ wants }) => wants.map(({ reference }) => reference)));
  const isNew = ({ reference }: Want) => !known.has(reference);
  const added = parts
    .map(({ shape }) => ({ ...shape, wants: shape.wants.filter(isNew) }))
    .filter(({ wants }) => wants.length > 0);
  return {
    type: "workload",
    workload: {
      ...record.workload,
      shapes: [...shapes, ...added],
      faults: [...faults, ...parts.flatMap((part) => part.faults)],
    },
  };
}

function readFields(raw: Fields, path: ImagePath): ReadShape[] {
  const found = path(raw);
  if ("fields" in found) {
    return found.fields.slice(0, MAX_FIELDS).map((each) => readField(raw, each));
  }
  const fault: ObservedFault = { field: "", value: "", why: found.fault };
  return [{ ...readAssembled({ path: "", spec: {}, containers: [] }), faults: [fault] }];
}

const MAX_FIELDS = 500;

/**
 * A text or a list of texts. Pods with the image may run where the nearest part of the object around
 * the field says that has selectors, affinity or tolerations; else wherever ordinary pods may.
 */
function readField(raw: Fields, { location, value }: FoundField): ReadShape {
  const around = partsAround(raw, location);
  const place = around.find((part) => PLACING.some((field) => part[field] !== undefined)) ?? {};
  const [parent = {}] = around;
  const field = location.reduce<string>(fieldPath, "");
  const policy = textOf(parent["imagePullPolicy"]);
  const at = (value: unknown, field: string): ImageField => ({
    container: "",
    field,
    value,
    policy,
  });
  const images = Array.isArray(value)
    ? value.map((each, index) => at(each, fieldPath(field, index)))
    : [at(value, field)];
  const { imagePullSecrets, serviceAccountName } = fieldsOf(raw["spec"]);
  const spec = { imagePullSecrets, serviceAccountName, ...place, volumes: [] };
  return readAssembled({ path: "", spec, containers: [], images });
}

const PLACING = ["nodeSelector", "affinity", "tolerations"];

/** The objects within which a field is, the innermost first. */
function partsAround(raw: Fields, location: readonly (string | number)[]): Fields[] {
  const parts: Fields[] = [];
  let part: unknown = raw;
  for (const key of location) {
    parts.unshift(fieldsOf(part));
    part = typeof key === "number" ? itemsOf(part)[key] : fieldsOf(part)[key];
  }
  return parts;
}
