import { assertEquals } from "@std/assert";
import { faultsOf, imagesOf, object, placementsOf, workloadOf } from "../asked_by.ts";

const API = "argoproj.io/v1alpha1";

function workflow(spec: Record<string, unknown>, rest: Record<string, unknown> = {}) {
  return object(API, "Workflow", { spec, ...rest });
}

/** Where this WorkflowSpec is in each kind that has one. */
function inEachKind(spec: Record<string, unknown>) {
  return [
    workflow(spec),
    object(API, "WorkflowTemplate", { spec }),
    object(API, "ClusterWorkflowTemplate", { spec }),
    object(API, "CronWorkflow", { spec: { schedule: "0 3 * * *", workflowSpec: spec } }),
  ];
}

Deno.test("every template of a workflow is a pod with all containers that it has", () => {
  const templates = [
    { name: "main", steps: [[{ name: "s", template: "one" }]] },
    {
      name: "one",
      container: { image: "example/main:1" },
      initContainers: [{ name: "i", image: "example/init:1" }],
      sidecars: [{ name: "s", image: "example/sidecar:1" }],
    },
    { name: "two", script: { image: "example/script:1", source: "true" } },
    {
      name: "set",
      containerSet: { containers: [{ image: "example/a:1" }, { image: "example/b:1" }] },
    },
    { name: "wait", suspend: {} },
  ];
  for (const each of inEachKind({ entrypoint: "main", templates })) {
    assertEquals(imagesOf(each), [
      ["example/main:1", "example/init:1", "example/sidecar:1"],
      ["example/script:1"],
      ["example/a:1", "example/b:1"],
    ]);
  }
});

Deno.test("templates that are written into steps and tasks count as the others do", () => {
  const inline = (image: string, rest = {}) => ({
    name: "x",
    inline: { container: { image }, ...rest },
  });
  const nested = { name: "n", inline: { steps: [[inline("example/nested:1")]] } };
  const templates = [
    { name: "steps", steps: [[inline("example/a:1")], [{ name: "s", template: "dag" }, nested]] },
    { name: "dag", dag: { tasks: [inline("example/b:1", { nodeSelector: { pool: "big" } })] } },
  ];
  for (const each of inEachKind({ nodeSelector: { pool: "ci" }, templates })) {
    assertEquals(imagesOf(each), [["example/a:1"], ["example/nested:1"], ["example/b:1"]]);
    assertEquals(placementsOf(each)["example/b:1"], { nodeSelector: { pool: "big" } });
    assertEquals(placementsOf(each)["example/a:1"], { nodeSelector: { pool: "ci" } });
  }
  const bad = { templates: [{ dag: { tasks: [inline("A B")] } }] };
  assertEquals(faultsOf(workflow(bad)), [
    "spec.templates[0].dag.tasks[0].inline.container.image: it contains white space",
  ]);
});

Deno.test("a template says where its pod may run, else the defaults do, else the workflow", () => {
  const container = (image: string) => ({ container: { image } });
  const gpu = { key: "gpu", operator: "Exists" };
  for (
    const each of inEachKind({
      nodeSelector: { pool: "ci" },
      tolerations: [gpu],
      templates: [
        { ...container("own"), nodeSelector: { pool: "big" }, tolerations: [] },
        container("common"),
      ],
    })
  ) {
    assertEquals(placementsOf(each), {
      own: { nodeSelector: { pool: "big" }, tolerations: [gpu] },
      common: { nodeSelector: { pool: "ci" }, tolerations: [gpu] },
    });
  }
  const templateDefaults = { nodeSelector: { pool: "default" }, container: { image: "given" } };
  const spec = {
    nodeSelector: { pool: "ci" },
    templateDefaults,
    templates: [{ name: "a", container: { args: ["x"] } }, { name: "steps", steps: [] }],
  };
  assertEquals(placementsOf(workflow(spec)), { given: { nodeSelector: { pool: "default" } } });
});

Deno.test("extended resources of a template's container bind it to nodes that have them", () => {
  const resources = { limits: { "nvidia.com/gpu": 1 } };
  const placements = placementsOf(
    workflow({ templates: [{ container: { image: "a", resources } }] }),
  );
  assertEquals(placements["a"]?.resources, ["nvidia.com/gpu"]);
});

Deno.test("an image that a parameter gives is no want and no fault; a bad one is a fault", () => {
  const spec = {
    templates: [
      { container: { image: "{{inputs.parameters.image}}" }, sidecars: [{ image: "example/s:1" }] },
      { container: { image: "Bad" } },
      { script: { image: "example/x:{{workflow.parameters.tag}}" } },
    ],
  };
  assertEquals(imagesOf(workflow(spec)), [["example/s:1"], [], []]);
  assertEquals(faultsOf(workflow(spec)), [
    "spec.templates[1].container.image: repository name must be lowercase",
  ]);
});

Deno.test("a workflow that has ended wants nothing, one that runs does", () => {
  const spec = { templates: [{ container: { image: "a" } }] };
  const inPhase = (phase: string) => imagesOf(workflow(spec, { status: { phase } }));
  for (const phase of ["Succeeded", "Failed", "Error"]) assertEquals(inPhase(phase), []);
  for (const phase of ["", "Pending", "Running"]) assertEquals(inPhase(phase), [["a"]]);
});

Deno.test("a CronWorkflow says when it runs, in either way to write it", () => {
  const scheduleOf = (spec: Record<string, unknown>) => {
    const workflowSpec = { templates: [{ container: { image: "a" } }] };
    return workloadOf(object(API, "CronWorkflow", { spec: { ...spec, workflowSpec } }))?.schedule;
  };
  assertEquals(scheduleOf({ schedule: "0 3 * * *", timezone: "Europe/Berlin" }), {
    cron: ["0 3 * * *"],
    timeZone: "Europe/Berlin",
    suspended: false,
  });
  assertEquals(scheduleOf({ schedules: ["@daily", "0 4 * * *"], suspend: true }), {
    cron: ["@daily", "0 4 * * *"],
    suspended: true,
  });
  assertEquals(scheduleOf({}), undefined);
});

Deno.test("a template of the whole cluster is in no namespace", () => {
  const spec = { templates: [{ container: { image: "a" } }] };
  assertEquals(workloadOf(object(API, "ClusterWorkflowTemplate", { spec }))?.namespace, "");
});

Deno.test("a workflow that only names a template wants nothing itself", () => {
  assertEquals(workloadOf(workflow({ workflowTemplateRef: { name: "t" } })), undefined);
});
