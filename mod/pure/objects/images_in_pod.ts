import type { ObservedFault, Want } from "./observed.ts";
import { parseImageReference } from "../images/image_reference.ts";
import { fieldsOf, isFields, itemsOf, scalarText } from "./raw_value.ts";

/** The images a pod asks for, and the fields that should hold one and do not. */
export interface ImagesInPod {
  readonly wants: readonly Want[];
  readonly faults: readonly ObservedFault[];
}

/**
 * Finds the images of a pod's specification: init containers (restartable ones are among them),
 * containers, ephemeral containers and image volumes. `path` is where the specification lies in its
 * object, such as `spec.template.spec`; faults name their field from there. Never throws.
 */
export function imagesInPod(spec: unknown, path: string): ImagesInPod {
  const wants: Want[] = [];
  const faults: ObservedFault[] = [];
  if (!isFields(spec)) {
    return { wants, faults: [{ field: path, value: shown(spec), why: "it is not an object" }] };
  }
  for (const place of placesOf(spec, path)) {
    const found = readPlace(place);
    if ("why" in found) faults.push(found);
    else wants.push(found);
  }
  return { wants, faults };
}

/** A field that should hold a reference. */
interface Place {
  readonly field: string;
  readonly value: unknown;
}

const CONTAINER_LISTS = ["initContainers", "containers", "ephemeralContainers"] as const;

function* placesOf(spec: Readonly<Record<string, unknown>>, path: string): Generator<Place> {
  for (const list of CONTAINER_LISTS) {
    for (const [index, container] of itemsOf(spec[list]).entries()) {
      yield { field: `${path}.${list}[${index}].image`, value: fieldsOf(container)["image"] };
    }
  }
  for (const [index, volume] of itemsOf(spec["volumes"]).entries()) {
    const image = fieldsOf(volume)["image"];
    if (image === undefined || image === null) continue;
    const value = fieldsOf(image)["reference"];
    // The API server takes a template without it, for something else to fill in.
    if (value === undefined || value === "") continue;
    yield { field: `${path}.volumes[${index}].image.reference`, value };
  }
}

function readPlace({ field, value }: Place): Want | ObservedFault {
  if (value === undefined || value === null) return { field, value: "", why: "it is missing" };
  if (typeof value !== "string") return { field, value: shown(value), why: "it is not a text" };
  const parsed = parseImageReference(value);
  if ("fault" in parsed) return { field, value: clipped(value), why: parsed.fault };
  return { written: value, reference: parsed.reference.canonical };
}

function shown(value: unknown): string {
  return clipped(scalarText(value) ?? (Array.isArray(value) ? "[…]" : value ? "{…}" : ""));
}

/** Faults stay small whatever an object holds. */
function clipped(text: string): string {
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
}

const MAX_SHOWN = 200;
