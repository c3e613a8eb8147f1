import { assertEquals } from "@std/assert";
import { faultsOf, imagesOf, object, placementsOf, workloadOf } from "../asked_by.ts";

function task(spec: Record<string, unknown>) {
  return object("tekton.dev/v1", "Task", { spec });
}

function pipeline(spec: Record<string, unknown>) {
  return object("tekton.dev/v1", "Pipeline", { spec });
}

const STEP = { name: "s", image: "example/step:1" };

Deno.test("a task's pod has its steps and sidecars", () => {
  const spec = { steps: [STEP, { image: "example/b:1" }], sidecars: [{ image: "example/side:1" }] };
  assertEquals(imagesOf(task(spec)), [["example/step:1", "example/b:1", "example/side:1"]]);
  assertEquals(placementsOf(task(spec)), { "example/step:1": {} });
});

Deno.test("a step without an image has that of the step template", () => {
  const spec = { stepTemplate: { image: "example/base:1" }, steps: [{ name: "a" }, STEP] };
  assertEquals(imagesOf(task(spec)), [["example/base:1", "example/step:1"]]);
});

Deno.test("a step that another object defines, or a parameter, is no fault", () => {
  const spec = {
    stepTemplate: { image: "example/base:1" },
    steps: [{ ref: { name: "action" } }, { image: "$(params.image)" }, STEP],
  };
  assertEquals(imagesOf(task(spec)), [["example/step:1"]]);
  assertEquals(faultsOf(task(spec)), []);
  assertEquals(faultsOf(task({ steps: [{ image: "Bad" }] })), [
    "spec.steps[0].image: repository name must be lowercase",
  ]);
});

Deno.test("a pipeline asks for the tasks that are written into it, last ones and inner ones too", () => {
  const spec = {
    tasks: [
      { name: "named", taskRef: { name: "other" } },
      { name: "own", taskSpec: { steps: [STEP] } },
      { name: "inner", pipelineSpec: { tasks: [{ taskSpec: { steps: [{ image: "inner" }] } }] } },
    ],
    finally: [{ name: "last", taskSpec: { steps: [{ image: "last" }] } }],
  };
  assertEquals(imagesOf(pipeline(spec)), [["example/step:1"], ["inner"], ["last"]]);
  const bad = { tasks: [{ taskSpec: { sidecars: [{ image: "Bad" }] } }] };
  assertEquals(faultsOf(pipeline(bad)), [
    "spec.tasks[0].taskSpec.sidecars[0].image: repository name must be lowercase",
  ]);
});

Deno.test("a pipeline of named tasks alone wants nothing itself", () => {
  assertEquals(workloadOf(pipeline({ tasks: [{ taskRef: { name: "t" } }] })), undefined);
});
