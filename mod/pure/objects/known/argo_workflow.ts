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
 * template, else by `templateDefaults`, else by the template that it is written into, else by the
 * whole (`addSchedulingConstraints`).
 */
function readWorkflow(spec: Fields, path: string): ReadShape[] {
  return templatesIn(spec, path).flatMap(([at, own, around]) => {
    const template = withDefaults(own, fieldsOf(spec["templateDefaults"]));
    const place = (field: string) =>
      filled(template[field]) ?? filled(around[field]) ?? spec[field];
    const containers = containersOf(template, at);
    if (containers.length === 0) return [];
    return [readAssembled({
      path: at,
      spec: withoutUnset({
        volumes: template["volumes"],
        nodeSelector: place("nodeSelector"),
        affinity: place("affinity"),
        tolerations: place("tolerations"),
        priorityClassName: template["priorityClassName"] || spec["podPriorityClassName"],
        imagePullSecrets: spec["imagePullSecrets"],
        serviceAccountName: template["serviceAccountName"] || spec["serviceAccountName"],
      }),
      containers,
    }, PARAMETER)];
  });
}

/** A template, where it is, and the template that it is written into. */
type PlacedTemplate = readonly [path: string, template: Fields, around: Fields];

function templatesIn(spec: Fields, path: string): PlacedTemplate[] {
  return itemsOf(spec["templates"]).flatMap((item, index) =>
    withInline([`${path}.templates[${index}]`, fieldsOf(item), {}], 0)
  );
}

/** Steps and tasks may have templates of their own instead of naming one (`inline`). */
function withInline([path, template, around]: PlacedTemplate, depth: number): PlacedTemplate[] {
  const steps = itemsOf(template["steps"]).flatMap((group, index) =>
    located(group, `${path}.steps[${index}]`)
  );
  const tasks = located(fieldsOf(template["dag"])["tasks"], `${path}.dag.tasks`);
  const inline = [...steps, ...tasks].flatMap(([at, item]): PlacedTemplate[] => {
    const { inline } = fieldsOf(item);
    return isFields(inline) ? [[`${at}.inline`, inline, template]] : [];
  });
  const within = depth < MAX_DEPTH ? inline.flatMap((each) => withInline(each, depth + 1)) : [];
  return [[path, template, around], ...within];
}

/** Templates within templates. */
const MAX_DEPTH = 10;

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
