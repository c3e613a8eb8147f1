import { assertEquals } from "@std/assert";
import { KindChoice } from "../../../mod/pure/objects/kind_choice.ts";
import { whatItLeaves } from "../../../mod/pure/objects/what_it_leaves.ts";
import { observeObject } from "./observe_by_kind.ts";

type Raw = Readonly<Record<string, unknown>>;

const POD = { containers: [{ name: "main", image: "a:1" }] };
const TEMPLATE = { template: { spec: POD } };

/** An object of a kind, with a pod's template where nearly all have it. */
function object(apiVersion: string, kind: string, rest: { spec?: Raw; status?: Raw } & Raw): Raw {
  const { spec, ...others } = rest;
  return {
    apiVersion,
    kind,
    metadata: { name: "web", namespace: "shop" },
    spec: { ...TEMPLATE, ...spec },
    ...others,
  };
}

function isAsleep(raw: Raw): boolean | undefined {
  const record = observeObject(raw);
  return record.type === "workload" ? record.workload.asleep === true : undefined;
}

Deno.test("what is scaled to zero is asleep, and awake with one replica or the default", () => {
  const kinds = [
    ["apps/v1", "Deployment"],
    ["apps/v1", "StatefulSet"],
    ["apps/v1", "ReplicaSet"],
    ["v1", "ReplicationController"],
    ["argoproj.io/v1alpha1", "Rollout"],
    ["apps.kruise.io/v1alpha1", "CloneSet"],
    ["apps.kruise.io/v1beta1", "StatefulSet"],
    ["apps.openshift.io/v1", "DeploymentConfig"],
  ] as const;
  for (const [apiVersion, kind] of kinds) {
    const of = (spec: Raw) => isAsleep(object(apiVersion, kind, { spec }));
    const answers = [of({ replicas: 0 }), of({ replicas: 1 }), of({})];
    assertEquals(answers, [true, false, false], kind);
  }
});

Deno.test("what is scaled to zero is asleep while pods of it are left", () => {
  const status = { replicas: 3, readyReplicas: 3 };
  const left = object("apps/v1", "Deployment", { spec: { replicas: 0 }, status });
  assertEquals(isAsleep(left), true);
});

Deno.test("what is suspended is asleep, by the field that its kind has for that", () => {
  const on = true;
  const kinds = [
    ["batch/v1", "Job", { suspend: on }],
    ["batch/v1", "Job", { parallelism: 0 }],
    ["jobset.x-k8s.io/v1alpha2", "JobSet", { suspend: on }],
    ["kubeflow.org/v1", "PyTorchJob", { runPolicy: { suspend: on } }],
    ["ray.io/v1", "RayJob", { suspend: on }],
    ["ray.io/v1", "RayCluster", { suspend: on }],
  ] as const;
  for (const [apiVersion, kind, spec] of kinds) {
    assertEquals(isAsleep(object(apiVersion, kind, { spec })), true, kind);
    assertEquals(isAsleep(object(apiVersion, kind, {})), false, kind);
  }
});

Deno.test("a job of Volcano that was aborted is asleep until it is resumed", () => {
  const of = (phase: string) =>
    isAsleep(object("batch.volcano.sh/v1alpha1", "Job", { status: { state: { phase } } }));
  assertEquals(["Aborted", "Aborting", "Pending", "Running"].map(of), [true, true, false, false]);
});

Deno.test("a virtual machine is asleep when it is stopped, or is to be", () => {
  const volumes = [{ name: "disk", containerDisk: { image: "disk:1" } }];
  const machine = (spec: Raw, status: Raw = {}) =>
    isAsleep(object("kubevirt.io/v1", "VirtualMachine", {
      spec: { template: { spec: { volumes } }, ...spec },
      status,
    }));
  assertEquals(machine({ running: false }), true);
  assertEquals(machine({ runStrategy: "Halted" }), true);
  assertEquals(machine({ runStrategy: "Manual" }, { printableStatus: "Stopped" }), true);
  assertEquals(machine({ runStrategy: "Manual" }, { printableStatus: "Running" }), false);
  assertEquals(machine({ running: true }), false);
});

Deno.test("a Revision of Knative is asleep while its autoscaler wants no pods", () => {
  const revision = (status: Raw) =>
    isAsleep(object("serving.knative.dev/v1", "Revision", { spec: POD, status }));
  assertEquals(revision({ desiredReplicas: 0, actualReplicas: 1 }), true);
  assertEquals(revision({ desiredReplicas: 1 }), false);
  assertEquals(revision({}), false);
});

Deno.test("a cluster of PostgreSQL is asleep while it hibernates", () => {
  const cluster = (mode: string) =>
    isAsleep({
      apiVersion: "postgresql.cnpg.io/v1",
      kind: "Cluster",
      metadata: { name: "db", namespace: "shop", annotations: { "cnpg.io/hibernation": mode } },
      spec: { imageName: "postgres:17", instances: 3 },
    });
  assertEquals([cluster("on"), cluster("off")], [true, false]);
});

Deno.test("a model server is asleep when it is stopped, or no part of it needs a pod", () => {
  const server = (spec: Raw, annotations: Raw = {}) =>
    isAsleep({
      apiVersion: "serving.kserve.io/v1beta1",
      kind: "InferenceService",
      metadata: { name: "model", namespace: "shop", annotations },
      spec,
    });
  const part = { containers: [{ name: "c", image: "model:1" }] };
  const none = { ...part, minReplicas: 0 };
  assertEquals(server({ predictor: part }, { "serving.kserve.io/stop": "true" }), true);
  assertEquals(server({ predictor: none }), true);
  assertEquals(server({ predictor: none, transformer: none }), true);
  assertEquals(server({ predictor: none, transformer: part }), false);
  assertEquals(server({ predictor: part }), false);
});

Deno.test("what only describes pods that something else starts is asleep", () => {
  const templates = [
    object("serving.knative.dev/v1", "Service", {}),
    object("keda.sh/v1alpha1", "ScaledJob", { spec: { jobTargetRef: TEMPLATE } }),
    object("tekton.dev/v1", "Task", { spec: { steps: [{ name: "s", image: "a:1" }] } }),
    object("argoproj.io/v1alpha1", "WorkflowTemplate", {
      spec: { templates: [{ name: "t", container: { image: "a:1" } }] },
    }),
    object("actions.github.com/v1alpha1", "AutoscalingRunnerSet", {}),
    {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "list", labels: { "warm-images/list": "true" } },
      data: { images: "a:1" },
    },
  ];
  for (const raw of templates) assertEquals(isAsleep(raw), true, String(raw["kind"]));
  const runners = object("actions.github.com/v1alpha1", "AutoscalingRunnerSet", {
    spec: { minRunners: 2 },
  });
  assertEquals(isAsleep(runners), false);
});

Deno.test("pods, and what has one on each node, are never asleep", () => {
  assertEquals(isAsleep(object("apps/v1", "DaemonSet", {})), false);
  assertEquals(isAsleep(object("v1", "Pod", { spec: POD, status: { phase: "Pending" } })), false);
});

Deno.test("a kind that users name is asleep by the fields that nearly all kinds have", () => {
  const [kind] = new KindChoice(["widgets.example.com"]).of([
    { group: "example.com", version: "v1", kind: "Widget", plural: "widgets", namespaced: true },
  ]);
  const left = (spec: Raw) =>
    kind && whatItLeaves(object("example.com/v1", "Widget", { spec }), kind);
  const asleep = [{ replicas: 0 }, { suspend: true }, { replicas: 2 }, {}].map((spec) => {
    const record = left(spec);
    return record?.type === "workload" && record.workload.asleep === true;
  });
  assertEquals(asleep, [true, true, false, false]);
});
