import { readAssembled } from "../assembled_pod.ts";
import { hasCondition, observeParts } from "../observe_pod_shaped.ts";
import type { Observed } from "../observed.ts";
import { type Fields, fieldsOf, itemsOf, textOf } from "../raw_value.ts";

/**
 * Kubeflow's TrainJob (`TrainJobSpec` of kubeflow/trainer pkg/apis/trainer/v1alpha1): the image of
 * its trainer, where it has one of its own. The rest is in the runtime that it names, and in the
 * JobSet that is made of both.
 */
export function observeTrainJob(raw: Fields, kind: string): Observed {
  const spec = fieldsOf(raw["spec"]);
  const ended = hasCondition("Complete", "Failed")(fieldsOf(raw["status"]));
  const { image, resourcesPerNode } = fieldsOf(spec["trainer"]);
  if (textOf(image) === undefined) return { type: "ignored" };
  const part = readAssembled({
    path: "spec",
    spec: Object.assign({}, ...podPatches(spec)),
    containers: [["spec.trainer", { image, resources: resourcesPerNode }]],
  });
  return observeParts(raw, [part], { kind, ended });
}

/** Name of the job of a runtime whose pods have the trainer (its pkg/constants). */
const TRAINER = "node";

/** What the object changes of the trainer's pods; `podTemplateOverrides` is how it was called first. */
function podPatches(spec: Fields): Fields[] {
  const overrides = itemsOf(spec["podTemplateOverrides"]).map(fieldsOf)
    .filter(({ targetJobs }) =>
      itemsOf(targetJobs).some((job) => fieldsOf(job)["name"] === TRAINER)
    )
    .map((override) => fieldsOf(override["spec"]));
  const patches = itemsOf(spec["runtimePatches"]).flatMap((patch) => {
    const { template } = fieldsOf(fieldsOf(patch)["trainingRuntimeSpec"]);
    return itemsOf(fieldsOf(fieldsOf(template)["spec"])["replicatedJobs"]);
  }).map(fieldsOf).filter(({ name }) => name === TRAINER).map((job) => {
    const podTemplate = fieldsOf(fieldsOf(fieldsOf(job["template"])["spec"])["template"]);
    return fieldsOf(podTemplate["spec"]);
  });
  return [...overrides, ...patches];
}
