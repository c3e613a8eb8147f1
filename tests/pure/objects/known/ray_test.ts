import { assertEquals } from "@std/assert";
import { faultsOf, imagesOf, object, placementsOf, workloadOf } from "../asked_by.ts";

function group(image: string, spec: Record<string, unknown> = {}) {
  return { template: { spec: { containers: [{ name: "ray", image }], ...spec } } };
}

const CLUSTER = {
  headGroupSpec: group("example/head:1"),
  workerGroupSpecs: [
    group("example/cpu:1"),
    group("example/gpu:1", { nodeSelector: { pool: "gpu" } }),
  ],
  autoscalerOptions: { image: "example/autoscaler:1" },
};

/** Where a cluster's specification is in each kind that has one. */
const KINDS: [kind: string, spec: Record<string, unknown>, path: string][] = [
  ["RayCluster", CLUSTER, "spec"],
  ["RayJob", { rayClusterSpec: CLUSTER }, "spec.rayClusterSpec"],
  ["RayService", { rayClusterConfig: CLUSTER }, "spec.rayClusterConfig"],
];

for (const [kind, spec, path] of KINDS) {
  Deno.test(`${kind}: the head and each group of workers are pods of their own`, () => {
    const raw = object("ray.io/v1", kind, { spec });
    assertEquals(placementsOf(raw), {
      "example/head:1": {},
      "example/cpu:1": {},
      "example/gpu:1": { nodeSelector: { pool: "gpu" } },
    });
    assertEquals(imagesOf(raw)[0], ["example/head:1", "example/autoscaler:1"]);
  });

  Deno.test(`${kind}: a faulty image is named by its field`, () => {
    const text = JSON.stringify(spec).replace("example/autoscaler:1", "Bad")
      .replace("example/gpu:1", "Bad");
    const faults = faultsOf(object("ray.io/v1", kind, { spec: JSON.parse(text) }));
    assertEquals(faults.map((fault) => fault.split(": ")[0]).sort(), [
      `${path}.autoscalerOptions.image`,
      `${path}.workerGroupSpecs[1].template.spec.containers[0].image`,
    ]);
  });
}

Deno.test("a job's submitter is a pod too; a job that has ended wants nothing", () => {
  const spec = {
    rayClusterSpec: CLUSTER,
    submitterPodTemplate: group("example/submit:1").template,
  };
  const of = (jobDeploymentStatus: string) =>
    workloadOf(object("ray.io/v1", "RayJob", { spec, status: { jobDeploymentStatus } }));
  assertEquals(of("Running")?.shapes.length, 4);
  for (const ended of ["Complete", "Failed", "ValidationFailed"]) {
    assertEquals(of(ended), undefined);
  }
});
