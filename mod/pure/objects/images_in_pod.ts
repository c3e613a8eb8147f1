import { type ImageReference, parseImageReference } from "../images/image_reference.ts";
import { withoutUnset } from "../without_unset.ts";
import type { ObservedFault, Want } from "./observed.ts";
import { fieldsOf, isFields, itemsOf, scalarText, textOf } from "./raw_value.ts";

type Fields = Readonly<Record<string, unknown>>;

/** The images a pod asks for, and the fields that should hold one and do not. */
export interface ImagesInPod {
  readonly wants: readonly Want[];
  readonly faults: readonly ObservedFault[];
}

/**
 * Finds the images of a pod's specification: init containers (restartable ones are among them),
 * containers, ephemeral containers and image volumes. `path` is where the specification lies in its
 * object, such as `spec.template.spec`; faults name their field from there. `unsaid` is as with
 * `imagesAt`. Never throws.
 */
export function imagesInPod(spec: unknown, path: string, unsaid?: RegExp): ImagesInPod {
  if (!isFields(spec)) {
    return { wants: [], faults: [{ field: path, value: shown(spec), why: "it is not an object" }] };
  }
  const { wants, faults } = imagesAt(imageFieldsOf(spec, path), unsaid);
  return { wants, faults: [...noLists(spec, path), ...faults] };
}

/**
 * Reads fields that should hold references. Left out is what may not be pulled (`imagePullPolicy:
 * Never`: a stranger's image of the same name would be), and what only stands for an image: the word
 * `auto`, and what `unsaid` matches, for which a missing field is an empty text.
 */
export function imagesAt(fields: Iterable<ImageField>, unsaid?: RegExp): ImagesInPod {
  const wants: Want[] = [];
  const faults: ObservedFault[] = [];
  for (const each of fields) {
    const { policy, value } = each;
    if (policy === "Never" || value === PLACEHOLDER) continue;
    if (unsaid !== undefined && unsaid.test(typeof value === "string" ? value : shown(value))) {
      continue;
    }
    const found = readField(each);
    if ("why" in found) faults.push(found);
    else wants.push(found);
  }
  return { wants, faults };
}

/** A field that should hold a reference. */
export interface ImageField {
  /** As in `Want`. */
  readonly container: string;
  readonly field: string;
  readonly value: unknown;
  /** `imagePullPolicy` beside it. */
  readonly policy: string | undefined;
}

/** The image of a container that is at `path` in its object. */
export function imageOfContainer(container: unknown, path: string): ImageField {
  const { name, image, imagePullPolicy } = fieldsOf(container);
  return {
    container: textOf(name) ?? "",
    field: `${path}.image`,
    value: image,
    policy: textOf(imagePullPolicy),
  };
}

/** The images that a pod's specification mounts: `path` is where it is in its object. */
export function* imagesOfVolumes(spec: unknown, path: string): Generator<ImageField> {
  for (const [index, volume] of itemsOf(fieldsOf(spec)["volumes"]).entries()) {
    const { name, image } = fieldsOf(volume);
    if (image === undefined || image === null) continue;
    const { reference, pullPolicy } = fieldsOf(image);
    // The API server takes a template without it, for something else to fill in.
    if (reference === undefined || reference === "") continue;
    yield {
      container: `volumes/${textOf(name) ?? ""}`,
      field: `${path}.volumes[${index}].image.reference`,
      value: reference,
      policy: textOf(pullPolicy),
    };
  }
}

/** Fields of a pod's specification that hold its containers. */
export const CONTAINER_LISTS = ["initContainers", "containers", "ephemeralContainers"] as const;

/**
 * What templates have where a webhook puts an image into each pod:
 * https://istio.io/latest/docs/setup/additional-setup/gateway/#deploying-a-gateway
 */
const PLACEHOLDER = "auto";

function* imageFieldsOf(spec: unknown, path: string): Generator<ImageField> {
  for (const list of CONTAINER_LISTS) {
    for (const [index, container] of itemsOf(fieldsOf(spec)[list]).entries()) {
      yield imageOfContainer(container, `${path}.${list}[${index}]`);
    }
  }
  yield* imagesOfVolumes(spec, path);
}

function noLists(spec: Fields, path: string): ObservedFault[] {
  return [...CONTAINER_LISTS, "volumes"].flatMap((list) => {
    const value = spec[list] ?? [];
    if (Array.isArray(value)) return [];
    return [{ field: `${path}.${list}`, value: shown(value), why: "it is not a list" }];
  });
}

function readField({ container, field, value, policy }: ImageField): Want | ObservedFault {
  if (value === undefined || value === null) return { field, value: "", why: "it is missing" };
  if (typeof value !== "string") return { field, value: shown(value), why: "it is not a text" };
  const parsed = parseImageReference(value);
  if ("fault" in parsed) return { field, value: clipped(value), why: parsed.fault };
  const { reference } = parsed;
  const refresh = isAskedAnew(policy, reference) ? true as const : undefined;
  return withoutUnset({ written: value, reference: reference.canonical, container, refresh });
}

/** Without a policy the API server sets `Always` for `:latest` (`SetDefaults_Container`). */
function isAskedAnew(policy: string | undefined, { tag }: ImageReference): boolean {
  return policy === "Always" || (policy === undefined && tag === "latest");
}

function shown(value: unknown): string {
  return clipped(scalarText(value) ?? (Array.isArray(value) ? "[…]" : value ? "{…}" : ""));
}

/** Faults stay small whatever an object holds. */
function clipped(text: string): string {
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
}

const MAX_SHOWN = 200;
