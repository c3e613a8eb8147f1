import { located, readAssembled } from "../assembled_pod.ts";
import { observeParts } from "../observe_pod_shaped.ts";
import type { ReadShape } from "../observe_pod_spec.ts";
import type { Observed } from "../observed.ts";
import { type Fields, fieldsOf, isFields, itemsOf } from "../raw_value.ts";

/** Tekton's Task: its runs make a pod of all its steps. */
export function observeTask(raw: Fields, kind: string): Observed {
  return observeParts(raw, readTask(raw["spec"], "spec"), { kind });
}

/** Tekton's Pipeline: the tasks that are written into it; those that it names speak themselves. */
export function observePipeline(raw: Fields, kind: string): Observed {
  return observeParts(raw, readPipeline(raw["spec"], "spec", 0), { kind });
}

/** What a run gives, as in `$(params.image)`; a step with `ref` has its image elsewhere. */
const PARAMETER = /^\s*$|\$\(/;

/** Pipelines within pipelines. */
const MAX_DEPTH = 10;

/** `TaskSpec` of tektoncd/pipeline pkg/apis/pipeline/v1. Where its pod may run, its run says. */
function readTask(task: unknown, path: string): ReadShape[] {
  const spec = fieldsOf(task);
  const template = fieldsOf(spec["stepTemplate"]);
  const steps = located(spec["steps"], `${path}.steps`).map(([at, step]) => {
    const isElsewhere = fieldsOf(step)["ref"] !== undefined;
    return [at, isElsewhere ? step : { ...template, ...fieldsOf(step) }] as const;
  });
  const containers = [...steps, ...located(spec["sidecars"], `${path}.sidecars`)];
  if (containers.length === 0) return [];
  return [readAssembled({ path, spec: { volumes: spec["volumes"] }, containers }, PARAMETER)];
}

/** `PipelineSpec` and `PipelineTask` of the same package. */
function readPipeline(pipeline: unknown, path: string, depth: number): ReadShape[] {
  if (depth > MAX_DEPTH || !isFields(pipeline)) return [];
  return ["tasks", "finally"].flatMap((list) =>
    itemsOf(pipeline[list]).flatMap((item, index) => {
      const { taskSpec, pipelineSpec } = fieldsOf(item);
      const at = `${path}.${list}[${index}]`;
      return [
        ...readTask(taskSpec, `${at}.taskSpec`),
        ...readPipeline(pipelineSpec, `${at}.pipelineSpec`, depth + 1),
      ];
    })
  );
}
