import { assertEquals } from "@std/assert";
import { imagesOf, object, placementsOf, workloadOf } from "../asked_by.ts";

function job(spec: Record<string, unknown>, status: Record<string, unknown> = {}) {
  return object("trainer.kubeflow.org/v1alpha1", "TrainJob", { spec, status });
}

const GPU = {
  tolerations: [{ key: "nvidia.com/gpu", operator: "Exists", effect: "NoSchedule" }],
  resources: ["nvidia.com/gpu"],
};

Deno.test("a trainer's own image is wanted where its resources are", () => {
  const resourcesPerNode = { limits: { "nvidia.com/gpu": 4 } };
  const raw = job({ trainer: { image: "example/train:1", resourcesPerNode } });
  assertEquals(placementsOf(raw), { "example/train:1": GPU });
});

Deno.test("changes of the trainer's pods count, in either way to write them", () => {
  const patch = { nodeSelector: { pool: "train" } };
  const template = { spec: { template: { spec: patch } } };
  const other = { spec: { template: { spec: { nodeSelector: { pool: "other" } } } } };
  const runtimePatches = [{
    trainingRuntimeSpec: {
      template: {
        spec: {
          replicatedJobs: [
            { name: "node", template },
            { name: "dataset-initializer", template: other },
          ],
        },
      },
    },
  }];
  const podTemplateOverrides = [
    { targetJobs: [{ name: "node" }], spec: patch },
    { targetJobs: [{ name: "dataset-initializer" }], spec: { nodeSelector: { pool: "other" } } },
  ];
  for (const changes of [{ runtimePatches }, { podTemplateOverrides }]) {
    assertEquals(placementsOf(job({ trainer: { image: "a" }, ...changes })), { a: patch });
  }
});

Deno.test("a job that leaves the image to its runtime, or has ended, wants nothing itself", () => {
  assertEquals(workloadOf(job({ runtimeRef: { name: "torch" } })), undefined);
  const ended = (type: string) =>
    imagesOf(job({ trainer: { image: "a" } }, { conditions: [{ type, status: "True" }] }));
  assertEquals(ended("Complete"), []);
  assertEquals(ended("Failed"), []);
  assertEquals(ended("Suspended"), [["a"]]);
});
