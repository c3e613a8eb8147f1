import { located, type LocatedContainer, readAssembled } from "../assembled_pod.ts";
import type { ImageField } from "../images_in_pod.ts";
import { markOf } from "../observe_metadata.ts";
import { observeParts } from "../observe_pod_shaped.ts";
import type { ReadShape } from "../observe_pod_spec.ts";
import type { Observed } from "../observed.ts";
import { type Fields, fieldsOf, isFields, itemsOf, textOf } from "../raw_value.ts";

/**
 * KServe's InferenceService: pods of up to three components, and the workers of a predictor
 * (`PredictorSpec` and `WorkerSpec` of kserve/kserve pkg/apis/serving/v1beta1).
 */
export function observeInferenceService(raw: Fields, kind: string): Observed {
  const spec = fieldsOf(raw["spec"]);
  const parts = COMPONENTS.flatMap((component) => {
    const pod = fieldsOf(spec[component]);
    const path = `spec.${component}`;
    return [...readComponent(pod, path), ...readComponent(pod["workerSpec"], `${path}.workerSpec`)];
  });
  return observeParts(raw, parts, { kind });
}

const COMPONENTS = ["predictor", "transformer", "explainer"];

/**
 * Whether an InferenceService is stopped (its annotation), or each of its components may have no
 * pods: what is made of these, such as a Knative Revision, says whether there are some.
 */
export function isStoppedService(raw: Fields): boolean {
  if (markOf(raw, "serving.kserve.io/stop") === "true") return true;
  const spec = fieldsOf(raw["spec"]);
  return COMPONENTS.every((name) =>
    spec[name] === undefined || fieldsOf(spec[name])["minReplicas"] === 0
  );
}

/** The lists of containers in a component; its other parts may each describe the server. */
const LISTS: ReadonlySet<string> = new Set(["containers", "initContainers"]);

function readComponent(component: unknown, path: string): ReadShape[] {
  const spec = fieldsOf(component);
  const containers: LocatedContainer[] = [];
  const images: ImageField[] = [...imagesOfUris(spec["storageUris"], `${path}.storageUris`)];
  for (const [field, value] of Object.entries(spec)) {
    if (LISTS.has(field)) containers.push(...located(value, `${path}.${field}`));
    else if (isServer(value)) {
      containers.push([`${path}.${field}`, value]);
      images.push(...imageOfUri(value["storageUri"], `${path}.${field}.storageUri`));
    }
  }
  if (containers.length === 0 && images.length === 0) return [];
  return [readAssembled({ path, spec, containers, images })];
}

/** `PredictorExtensionSpec`, as in `predictor.model` or `predictor.sklearn`. */
function isServer(value: unknown): value is Fields {
  return isFields(value) &&
    (textOf(value["image"]) !== undefined || textOf(value["storageUri"]) !== undefined);
}

function imagesOfUris(uris: unknown, path: string): ImageField[] {
  return itemsOf(uris).flatMap((item, index) =>
    imageOfUri(fieldsOf(item)["uri"], `${path}[${index}].uri`)
  );
}

/**
 * A model that comes as an image. With `oci+fetch` an init container asks the registry, and not
 * kubelet (`ParseOciScheme` of kserve/kserve pkg/utils/storage.go).
 */
function imageOfUri(uri: unknown, field: string): ImageField[] {
  const [, value] = /^oci(?:\+(?:native|modelcar))?:\/\/(.*)$/s.exec(textOf(uri) ?? "") ?? [];
  return value === undefined ? [] : [{ container: "model", field, value, policy: undefined }];
}
