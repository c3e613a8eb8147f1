import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { groupOf } from "../../../mod/pure/objects/group_kind.ts";
import { kindName } from "../../../mod/pure/objects/kind.ts";
import {
  BUILT_IN_KINDS,
  CLUSTER_KINDS,
  findKind,
  SPEAKING_KINDS,
} from "../../../mod/pure/objects/kinds.ts";
import { KNOWN_KINDS } from "../../../mod/pure/objects/known_kinds.ts";
import { whatItLeaves } from "../../../mod/pure/objects/what_it_leaves.ts";
import { imagesOf, object, placementsOf, workloadOf } from "./asked_by.ts";

const POD = { containers: [{ name: "c", image: "example/a:1" }], nodeSelector: { pool: "p" } };
const TEMPLATE = { spec: POD };

Deno.test("no two kinds have the same name, in any case", () => {
  const names = [...BUILT_IN_KINDS, ...CLUSTER_KINDS, ...KNOWN_KINDS].map(kindName);
  const small = names.map((name) => name.toLowerCase());
  assertEquals(small, [...new Set(small)]);
});

Deno.test("a kind of others is found by its group, beside Kubernetes' own of the same name", () => {
  for (const kind of KNOWN_KINDS) assertEquals(findKind(kind), kind);
  for (const [group, kind] of [["apps", "StatefulSet"], ["apps", "DaemonSet"], ["batch", "Job"]]) {
    assertEquals(findKind({ group: `${group}`, kind: `${kind}` })?.alias, undefined);
  }
});

/** Kinds that need no more than the finder, each with where its pods are described. */
const POD_SHAPED: [apiVersion: string, kind: string, spec: Record<string, unknown>][] = [
  ["argoproj.io/v1alpha1", "Rollout", { template: TEMPLATE }],
  ["apps.kruise.io/v1alpha1", "CloneSet", { template: TEMPLATE }],
  ["apps.kruise.io/v1beta1", "StatefulSet", { template: TEMPLATE }],
  ["keda.sh/v1alpha1", "ScaledJob", { jobTargetRef: { template: TEMPLATE } }],
  ["batch.volcano.sh/v1alpha1", "Job", { tasks: [{ name: "t", template: TEMPLATE }] }],
  [
    "jobset.x-k8s.io/v1alpha2",
    "JobSet",
    { replicatedJobs: [{ name: "w", template: { spec: { template: TEMPLATE } } }] },
  ],
  ["kubeflow.org/v1", "PyTorchJob", { pytorchReplicaSpecs: { Worker: { template: TEMPLATE } } }],
  ["kubeflow.org/v1", "TFJob", { tfReplicaSpecs: { PS: { template: TEMPLATE } } }],
  ["kubeflow.org/v1", "XGBoostJob", { xgbReplicaSpecs: { Master: { template: TEMPLATE } } }],
  ["kubeflow.org/v2beta1", "MPIJob", { mpiReplicaSpecs: { Launcher: { template: TEMPLATE } } }],
  ["actions.github.com/v1alpha1", "AutoscalingRunnerSet", { template: TEMPLATE }],
  ["extensions.agents.x-k8s.io/v1beta1", "SandboxTemplate", { podTemplate: TEMPLATE }],
  ["apps.openshift.io/v1", "DeploymentConfig", { template: TEMPLATE }],
  ["v1", "ReplicationController", { template: TEMPLATE }],
];

for (const [apiVersion, kind, spec] of POD_SHAPED) {
  Deno.test(`${kind} of ${groupOf(apiVersion) || "the core"} asks for the images of its pods`, () => {
    const raw = object(apiVersion, kind, { spec });
    assertEquals(placementsOf(raw), { "example/a:1": { nodeSelector: { pool: "p" } } });
    const known = findKind({ group: groupOf(apiVersion), kind });
    assertEquals(workloadOf(raw)?.kind, known && kindName(known));
  });
}

/** Kinds whose objects run once, with how they say that they have ended. */
const RUNS: [apiVersion: string, kind: string, ended: Record<string, unknown>[]][] = [
  ["batch.volcano.sh/v1alpha1", "Job", [
    { state: { phase: "Completed" } },
    { state: { phase: "Failed" } },
    { state: { phase: "Terminated" } },
  ]],
  ["jobset.x-k8s.io/v1alpha2", "JobSet", [
    { conditions: [{ type: "Completed", status: "True" }] },
    { conditions: [{ type: "Suspended", status: "False" }, { type: "Failed", status: "True" }] },
  ]],
  ...["PyTorchJob", "TFJob", "MPIJob", "XGBoostJob", "PaddleJob", "JAXJob"].map((
    kind,
  ): [string, string, Record<string, unknown>[]] => ["kubeflow.org/v1", kind, [
    { conditions: [{ type: "Succeeded", status: "True" }] },
    { conditions: [{ type: "Failed", status: "True" }] },
  ]]),
];

for (const [apiVersion, kind, ended] of RUNS) {
  Deno.test(`${kind} of ${groupOf(apiVersion)} wants nothing once it has ended`, () => {
    const of = (status: Record<string, unknown>) =>
      imagesOf(object(apiVersion, kind, { spec: { template: TEMPLATE }, status }));
    for (const status of ended) assertEquals(of(status), []);
    assertEquals(of({}), [["example/a:1"]]);
    assertEquals(
      of({ state: { phase: "Aborted" }, conditions: [{ type: "Failed", status: "False" }] }),
      [
        ["example/a:1"],
      ],
    );
  });
}

Deno.test("templates speak for pods that are made of them, and not for what operators make", () => {
  const speaking = ["Rollout", "CloneSet", "AdvancedStatefulSet", "AdvancedDaemonSet", "ScaledJob"];
  for (const name of [...speaking, "VolcanoJob", "JobSet", "PyTorchJob", "DeploymentConfig"]) {
    assert(SPEAKING_KINDS.has(name), name);
  }
  const others = ["Workflow", "KnativeService", "Task", "RayCluster", "SparkApplication"];
  for (const name of [...others, "Prometheus", "PostgresCluster", "InferenceService", "TrainJob"]) {
    assert(!SPEAKING_KINDS.has(name), name);
  }
});

Deno.test("an Advanced DaemonSet's pods tolerate what those of a DaemonSet do", () => {
  const fields = { spec: { template: TEMPLATE } };
  const advanced = workloadOf(object("apps.kruise.io/v1alpha1", "DaemonSet", fields));
  const plain = workloadOf(object("apps/v1", "DaemonSet", fields));
  assertEquals(advanced?.shapes[0]?.placement, plain?.shapes[0]?.placement);
  assert(plain?.shapes[0]?.placement.tolerations !== undefined);
});

Deno.test("a blank image that a trigger is to fill in is no fault, and no want", () => {
  const containers = [{ name: "c", image: " " }];
  const spec = { triggers: [{ type: "ImageChange" }], template: { spec: { containers } } };
  const workload = workloadOf(object("apps.openshift.io/v1", "DeploymentConfig", { spec }));
  assertEquals([workload?.shapes[0]?.wants, workload?.faults], [[], []]);
});

Deno.test("a template that asks to be skipped wants nothing, one beside it does", () => {
  const metadata = { annotations: { "warm-images/skip": "true" } };
  const of = (...tasks: unknown[]) =>
    workloadOf(object("batch.volcano.sh/v1alpha1", "Job", { spec: { tasks } }));
  assertEquals(of({ template: { metadata, spec: POD } })?.skip, true);
  const both = of({ template: { metadata, spec: POD } }, { template: TEMPLATE });
  assertEquals([both?.skip, both?.shapes.length], [false, 1]);
});

Deno.test("any shape of an object of any kind is read without an error", () => {
  const part = fc.object({
    key: fc.constantFrom(
      ...["template", "spec", "containers", "image", "templates", "container", "tasks", "steps"],
      ...["driver", "executor", "predictor", "model", "storageUri", "volumes", "containerDisk"],
      ...["affinity", "tolerations", "nodeSelector", "workflowSpec", "trainer", "env", "args"],
      ...["relatedImages", "sparkConf", "headGroupSpec", "taskSpec", "imagePullSecrets", "name"],
    ),
    values: [fc.anything(), fc.constantFrom("a", "oci://x", "{{a}}", ""), fc.integer()],
    maxDepth: 6,
  });
  const anything = fc.record({ metadata: fc.anything(), spec: part, status: fc.anything() });
  const kinds = fc.constantFrom(...BUILT_IN_KINDS, ...KNOWN_KINDS, ...CLUSTER_KINDS);
  fc.assert(fc.property(anything, kinds, (raw, kind) => void whatItLeaves(raw, kind)), {
    numRuns: 2000,
  });
});
