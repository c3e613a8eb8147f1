import { unlessEmpty } from "../../unless_empty.ts";
import { withoutUnset } from "../../without_unset.ts";
import { located, type LocatedContainer, locatedIn, readAssembled } from "../assembled_pod.ts";
import { metadataOf } from "../observe_metadata.ts";
import { observeParts } from "../observe_pod_shaped.ts";
import type { ReadShape } from "../observe_pod_spec.ts";
import type { Observed } from "../observed.ts";
import { type Fields, fieldsOf, isFields, itemsOf, textOf } from "../raw_value.ts";
import { scheduleOf } from "../schedule_of.ts";

/** Argo's Workflow: wants nothing once it has ended. */
export function observeWorkflow(raw: Fields, kind: string): Observed {
  const ended = ENDED.has(textOf(fieldsOf(raw["status"])["phase"]) ?? "");
  return observeParts(raw, readWorkflow(fieldsOf(raw["spec"]), "spec"), { kind, ended });
}

/** Argo's WorkflowTemplate and ClusterWorkflowTemplate: workflows to come are made of them. */
export function observeWorkflowTemplate(raw: Fields, kind: string): Observed {
  return observeParts(raw, readWorkflow(fieldsOf(raw["spec"]), "spec"), { kind });
}

/** Argo's CronWorkflow: its next Workflow wants the images. */
export function observeCronWorkflow(raw: Fields, kind: string): Observed {
  const spec = fieldsOf(raw["spec"]);
  const parts = readWorkflow(fieldsOf(spec["workflowSpec"]), "spec.workflowSpec");
  const { schedule, faults } = scheduleOf(spec, metadataOf(raw).createdAt);
  return observeParts(raw, parts, { kind, schedule, faults });
}

/** `WorkflowPhase` of argoproj/argo-workflows pkg/apis/workflow/v1alpha1. */
const ENDED: ReadonlySet<string> = new Set(["Succeeded", "Failed", "Error"]);

/** Something that a run gives, as in `{{inputs.parameters.image}}`. */
const PARAMETER = /^\s*$|\{\{/;

/**
 * The pods of a WorkflowSpec (argoproj/argo-workflows pkg/apis/workflow/v1alpha1
 * workflow_types.go): one for each template that has containers. Where it may run is said by the
 * template, else by `templateDefaults`, else by the whole (`addSchedulingConstraints`).
 */
function readWorkflow(spec: Fields, path: string): ReadShape[] {
  return itemsOf(spec["templates"]).flatMap((item, index) => {
    const template = withDefaults(fieldsOf(item), fieldsOf(spec["templateDefaults"]));
    const at = `${path}.templates[${index}]`;
    const containers = containersOf(template, at);
    if (containers.length === 0) return [];
    return [readAssembled({
      path: at,
      spec: withoutUnset({
        volumes: template["volumes"],
        nodeSelector: filled(template["nodeSelector"]) ?? spec["nodeSelector"],
        affinity: filled(template["affinity"]) ?? spec["affinity"],
        tolerations: filled(template["tolerations"]) ?? spec["tolerations"],
        priorityClassName: template["priorityClassName"] || spec["podPriorityClassName"],
        imagePullSecrets: spec["imagePullSecrets"],
      }),
      containers,
    }, PARAMETER)];
  });
}

/** A container or a script is filled in field by field, other fields as a whole. */
function withDefaults(template: Fields, defaults: Fields): Fields {
  const merged: Record<string, unknown> = { ...defaults, ...template };
  for (const field of ["container", "script"]) {
    // What a template is not of itself, defaults do not make it.
    if (!isFields(template[field])) delete merged[field];
    else merged[field] = { ...fieldsOf(defaults[field]), ...template[field] };
  }
  return merged;
}

function containersOf(template: Fields, path: string): LocatedContainer[] {
  const single = ["container", "script"].filter((field) => isFields(template[field]));
  const set = fieldsOf(template["containerSet"])["containers"];
  const own: LocatedContainer[] = [
    ...single.map((field): LocatedContainer => [`${path}.${field}`, template[field]]),
    ...located(set, `${path}.containerSet.containers`),
  ];
  // Steps and graphs run no pod of their own, whatever defaults give them.
  if (own.length === 0) return [];
  return [...own, ...locatedIn(template, ["initContainers", "sidecars"], path)];
}

/** Empty lists and maps count as not given. */
function filled(value: unknown): unknown {
  return typeof value === "object" && value !== null ? unlessEmpty(value) : undefined;
}
