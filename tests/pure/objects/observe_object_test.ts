import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import type {
  ObservedPod,
  ObservedWorkload,
  PodShape,
} from "../../../mod/pure/objects/observed.ts";
import { observeObject } from "./observe_by_kind.ts";

const API_VERSIONS: Readonly<Record<string, string>> = {
  Pod: "v1",
  Job: "batch/v1",
  CronJob: "batch/v1",
};

function object(kind: string, rest: Record<string, unknown>, metadata = {}) {
  const apiVersion = API_VERSIONS[kind] ?? "apps/v1";
  return { apiVersion, kind, metadata: { name: "web", namespace: "shop", ...metadata }, ...rest };
}

function templated(kind: string, spec: Record<string, unknown> = {}, metadata = {}) {
  const template = { metadata, spec: { containers: [{ image: "nginx:1" }], ...spec } };
  return object(kind, { spec: { replicas: 0, template } });
}

function workload(raw: unknown): ObservedWorkload {
  const observed = observeObject(raw);
  assert(observed.type === "workload", JSON.stringify(raw));
  return observed.workload;
}

/** What the pods of an object with one template ask for. */
function shapeOf(raw: unknown): PodShape {
  const [shape, ...others] = workload(raw).shapes;
  assert(shape !== undefined && others.length === 0);
  return shape;
}

function podOf(raw: unknown): ObservedPod {
  const observed = observeObject(raw);
  assert(observed.type === "pod", JSON.stringify(raw));
  return observed.pod;
}

const WANTS = [{ written: "nginx:1", reference: "docker.io/library/nginx:1", container: "" }];

Deno.test("workloads with a pod template want its images, also when scaled to zero", () => {
  for (const kind of ["Deployment", "StatefulSet", "ReplicaSet"]) {
    assertEquals(workload(templated(kind)), {
      kind,
      namespace: "shop",
      name: "web",
      skip: false,
      shapes: [{ wants: WANTS, placement: {}, pullSecrets: [] }],
      faults: [],
      asleep: true,
    });
  }
});

Deno.test("a pod template's placement, priority and pull secrets are kept", () => {
  const terms = [{ matchExpressions: [{ key: "zone", operator: "In", values: ["a"] }] }];
  const observed = shapeOf(templated("Deployment", {
    nodeSelector: { b: "2", a: "1" },
    affinity: {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: terms },
        preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 1, preference: {} }],
      },
    },
    tolerations: [{ key: "gpu", operator: "Exists", effect: "NoSchedule", tolerationSeconds: 5 }],
    os: { name: "linux" },
    priorityClassName: "system-cluster-critical",
    imagePullSecrets: [{ name: "one" }, { name: "two" }, { name: "one" }, {}],
  }));
  assertEquals(observed.placement, {
    nodeSelector: { a: "1", b: "2" },
    affinity: terms,
    tolerations: [{ key: "gpu", operator: "Exists", effect: "NoSchedule" }],
    os: "linux",
  });
  assertEquals(Object.keys(observed.placement.nodeSelector ?? {}), ["a", "b"]);
  assertEquals(observed.priorityClass, "system-cluster-critical");
  assertEquals(observed.pullSecrets, ["one", "two"]);
});

Deno.test("a DaemonSet's pods tolerate what the DaemonSet controller adds", () => {
  const keys = (spec: Record<string, unknown>) =>
    (shapeOf(templated("DaemonSet", spec)).placement.tolerations ?? []).map((each) => each.key);
  assertEquals(keys({}), ["node.kubernetes.io/unschedulable"]);
  assertEquals(keys({ tolerations: [{ key: "gpu" }] }), [
    "gpu",
    "node.kubernetes.io/unschedulable",
  ]);
});

Deno.test("tolerations of taints that pass by decide nothing, and their order does not either", () => {
  const passing = { key: "node.kubernetes.io/not-ready", operator: "Exists", effect: "NoExecute" };
  const [a, b] = [{ key: "a", operator: "Exists" }, { key: "b", operator: "Exists" }];
  const placements = [[a, b], [b, passing, a], [a, a, b]].map((tolerations) =>
    shapeOf(templated("Deployment", { tolerations })).placement
  );
  for (const placement of placements) assertEquals(placement, { tolerations: [a, b] });
});

Deno.test("extended resources give a toleration, and are kept where more than none is asked for", () => {
  const of = (spec: Record<string, unknown>) => shapeOf(templated("Job", spec)).placement;
  const gpu = { operator: "Exists", effect: "NoSchedule", key: "nvidia.com/gpu" };
  const limits = { "nvidia.com/gpu": 1, cpu: "1", "hugepages-2Mi": "1", "kubernetes.io/x": 1 };
  const resources = ["hugepages-2Mi", "kubernetes.io/x", "nvidia.com/gpu"];
  const expected = { tolerations: [gpu], resources };
  assertEquals(of({ containers: [{ image: "a", resources: { limits } }] }), expected);
  assertEquals(of({ initContainers: [{ image: "a", resources: { limits } }] }), expected);
  assertEquals(of({ containers: [{ image: "a", resources: { requests: limits } }] }), expected);
  const none = { requests: { "nvidia.com/gpu": "0" } };
  assertEquals(of({ containers: [{ image: "a", resources: none }] }), { tolerations: [gpu] });
});

Deno.test("a Job waits for its images until it has ended, and then leaves nothing", () => {
  const job = (status: unknown, suspend = false) =>
    object("Job", {
      spec: { suspend, template: { spec: { containers: [{ image: "nginx:1" }] } } },
      status,
    }, { creationTimestamp: "2026-01-02T03:04:05Z" });
  const ended = (type: string, status: string) => job({ conditions: [{ type, status }] });
  assertEquals(workload(job({})).neededBy, "2026-01-02T03:04:05Z");
  assertEquals(workload(job({}, true)).neededBy, undefined);
  for (const type of ["Complete", "Failed"]) {
    assertEquals(observeObject(ended(type, "True")).type, "ignored");
  }
  assertEquals(observeObject(job({ completionTime: "2026-01-02T04:00:00Z" })).type, "ignored");
  for (const raw of [ended("Complete", "False"), ended("Suspended", "True")]) workload(raw);
});

Deno.test("a CronJob wants the images of its next Job, also when suspended", () => {
  const cron = (metadata: unknown) =>
    workload(object("CronJob", {
      spec: {
        suspend: true,
        jobTemplate: { metadata, spec: { template: { spec: { containers: [{ image: "B" }] } } } },
      },
    }));
  const [fault] = cron({}).faults;
  assertEquals(fault?.field, "spec.jobTemplate.spec.template.spec.containers[0].image");
  assertEquals(cron({}).skip, false);
  assertEquals(cron({ annotations: { "warm-images/skip": "true" } }).skip, true);
});

Deno.test("a Pod waits for its images while it is pending, and leaves nothing when it has ended", () => {
  const pod = (phase: string, metadata: Record<string, unknown> = {}) =>
    object("Pod", { spec: { containers: [{ image: "nginx:1" }] }, status: { phase } }, {
      creationTimestamp: "2026-01-02T03:04:05Z",
      ...metadata,
    });
  assertEquals(workload(pod("Pending")).neededBy, "2026-01-02T03:04:05Z");
  assertEquals(workload(pod("Running")).neededBy, undefined);
  const ownerReferences = [{ apiVersion: "apps/v1", kind: "X", name: "x", controller: true }];
  for (const phase of ["Succeeded", "Failed"]) {
    assertEquals(observeObject(pod(phase)).type, "ignored");
    assertEquals(observeObject(pod(phase, { ownerReferences })).type, "ignored");
  }
});

Deno.test("pods that an object has made alike leave equal records", () => {
  const ownerReferences = [
    { apiVersion: "apps/v1", kind: "StatefulSet", name: "web", controller: true },
  ];
  const pod = (name: string, phase = "Running") =>
    podOf(object("Pod", {
      spec: { nodeName: `node-of-${name}`, containers: [{ image: "nginx:1" }] },
      status: { phase, podIP: name },
    }, {
      name,
      ownerReferences,
      labels: { "controller-revision-hash": "web-1", "statefulset.kubernetes.io/pod-name": name },
      creationTimestamp: `2026-01-02T03:04:0${name.length}Z`,
    }));
  assertEquals(pod("web-0"), pod("web-10"));
  assertEquals(pod("web-0"), {
    namespace: "shop",
    owner: { group: "apps", kind: "StatefulSet", name: "web" },
    revision: "web-1",
    shape: { wants: WANTS, placement: {}, pullSecrets: [] },
    faults: [],
  });
  assertEquals(pod("web-0", "Pending").neededBy, "2026-01-02T03:04:05Z");
});

Deno.test("a Pod that asks for a node itself runs there and nowhere else", () => {
  const spec = { nodeName: "n1", nodeSelector: { zone: "a" }, containers: [] };
  const placement = (rest: Record<string, unknown>, metadata = {}) =>
    shapeOf(object("Pod", { spec, ...rest }, metadata)).placement;
  const pinned = {
    affinity: [{ matchFields: [{ key: "metadata.name", operator: "In", values: ["n1"] }] }],
    tolerations: [{ operator: "Exists" }],
  };
  const chosen = { nodeSelector: { zone: "a" } };
  const running = { status: { phase: "Running" } };
  const managed = (fields: unknown) => ({ managedFields: [{ fieldsV1: { "f:spec": fields } }] });
  assertEquals(placement({}), pinned);
  assertEquals(placement(running), chosen);
  assertEquals(placement(running, managed({ "f:nodeName": {} })), pinned);
  assertEquals(placement(running, managed({ "f:containers": {} })), chosen);
  const mirror = { annotations: { "kubernetes.io/config.mirror": "hash" } };
  assertEquals(placement(running, mirror), pinned);
  const ownerReferences = [{ apiVersion: "v1", kind: "Node", name: "n1", controller: true }];
  assertEquals(placement(running, { ownerReferences }), pinned);
});

Deno.test("a template that names a node wants its images there alone", () => {
  const { placement } = shapeOf(templated("Deployment", { nodeName: "n1" }));
  assertEquals(placement.affinity, [
    { matchFields: [{ key: "metadata.name", operator: "In", values: ["n1"] }] },
  ]);
});

Deno.test("of a DaemonSet's pod the node that it was made for does not count", () => {
  const ownerReferences = [
    { apiVersion: "apps/v1", kind: "DaemonSet", name: "net", controller: true },
  ];
  const matchFields = [{ key: "metadata.name", operator: "In", values: ["n1"] }];
  const zone = [{ key: "zone", operator: "In", values: ["a"] }];
  const placement = (terms: unknown) => {
    const required = {
      requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: terms },
    };
    const spec = { nodeName: "n1", affinity: { nodeAffinity: required }, containers: [] };
    const raw = object("Pod", { spec, status: { phase: "Running" } }, { ownerReferences });
    return podOf(raw).shape.placement;
  };
  assertEquals(placement([{ matchFields }]), {});
  assertEquals(placement([{ matchExpressions: zone, matchFields }]), {
    affinity: [{ matchExpressions: zone }],
  });
});

Deno.test("what helm test alone runs wants nothing, whatever kind it is of", () => {
  const of = (hook: string) =>
    ["Pod", "Job", "Deployment"].map((kind) =>
      observeObject(
        object(kind, { spec: { containers: [] } }, { annotations: { "helm.sh/hook": hook } }),
      )
        .type
    );
  for (const hook of ["test", "test-success", "test-failure", "test-success, test-failure"]) {
    assertEquals(of(hook), ["ignored", "ignored", "ignored"]);
  }
  assertEquals(of("pre-install,test"), ["workload", "workload", "workload"]);
});

Deno.test("a ReplicaSet that something made is a revision of it, idle without pods", () => {
  const ownerReferences = [
    { apiVersion: "apps/v1", kind: "Deployment", name: "web", controller: true },
  ];
  const annotations = { "deployment.kubernetes.io/revision": "7" };
  const set = (replicas: number, status: number, metadata = {}) =>
    workload(object("ReplicaSet", {
      spec: { replicas, template: { spec: { containers: [] } } },
      status: { replicas: status },
    }, metadata)).revision;
  const owned = { ownerReferences, annotations };
  assertEquals(set(0, 0, owned), { number: 7, idle: true });
  assertEquals(set(1, 0, owned), { number: 7, idle: false });
  assertEquals(set(0, 1, owned), { number: 7, idle: false });
  assertEquals(set(0, 0), undefined);
});

Deno.test("a ControllerRevision holds a template, and is told by hash", () => {
  const owned = (kind: string) => [
    { apiVersion: "apps/v1", kind, name: "web", controller: true },
  ];
  const revision = (kind: string, data: unknown) =>
    observeObject({
      ...object("ControllerRevision", { data, revision: 3 }, {
        name: "web-5d",
        labels: { "controller.kubernetes.io/hash": "5d" },
        ownerReferences: owned(kind),
      }),
    });
  const template = { spec: { containers: [{ image: "nginx:1" }] } };
  const seen = revision("StatefulSet", { spec: { template } });
  assert(seen.type === "workload");
  assertEquals(seen.workload.revision, { number: 3, hashes: ["web-5d", "5d"], idle: true });
  assertEquals(seen.workload.shapes[0]?.wants, WANTS);
  assertEquals(revision("StatefulSet", { spec: {} }).type, "ignored");
  const daemon = revision("DaemonSet", { spec: { template } });
  assert(daemon.type === "workload");
  assertEquals(daemon.workload.shapes[0]?.placement.tolerations?.length, 1);
});

Deno.test("the skip mark counts on object and template, as label and as annotation", () => {
  const mark = { "warm-images/skip": "true" };
  const skips = [
    object("Deployment", { spec: {} }, { labels: mark }),
    object("Deployment", { spec: {} }, { annotations: mark }),
    templated("Deployment", {}, { labels: mark }),
    templated("StatefulSet", {}, { annotations: mark }),
    object("Deployment", { spec: {} }, { labels: { "warm-images/skip": "false" } }),
  ].map((raw) => workload(raw).skip);
  assertEquals(skips, [true, true, true, true, false]);
});

Deno.test("owner, namespace and name are kept, with their defaults", () => {
  const ownerReferences = [
    { apiVersion: "example.com/v1", kind: "Other" },
    { apiVersion: "apps/v1", kind: "ReplicaSet", name: "web", controller: true },
  ];
  const owned = workload({
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { generateName: "web-", ownerReferences },
    spec: { template: { spec: { containers: [] } } },
  });
  assertEquals(owned.owner, { group: "apps", kind: "ReplicaSet", name: "web" });
  assertEquals([owned.namespace, owned.name], ["default", "web-*"]);
  const nameless = workload({ apiVersion: "v1", kind: "Pod", spec: {} });
  assertEquals(nameless.faults, [{ field: "metadata.name", value: "", why: "it is missing" }]);
});

Deno.test("an owner's group is kept, as other groups have kinds of the same name", () => {
  const ownerReferences = [
    { apiVersion: "batch.volcano.sh/v1alpha1", kind: "Job", name: "train", controller: true },
  ];
  const raw = object("Pod", { spec: { containers: [] } }, { ownerReferences });
  assertEquals(podOf(raw).owner, { group: "batch.volcano.sh", kind: "Job", name: "train" });
});

Deno.test("a Node's facts are kept, its labels stepping in for what kubelet has not said", () => {
  const raw = (status: unknown) => ({
    apiVersion: "v1",
    kind: "Node",
    metadata: { name: "n1", uid: "u1", labels: { "kubernetes.io/arch": "arm64" } },
    spec: { unschedulable: true, taints: [{ key: "gpu", value: "a", effect: "NoSchedule" }] },
    status,
  });
  const expected = {
    name: "n1",
    uid: "u1",
    labels: { "kubernetes.io/arch": "arm64" },
    taints: [{ key: "gpu", effect: "NoSchedule", value: "a" }],
    architecture: "amd64",
    os: "linux",
    unschedulable: true,
    skip: false,
  };
  const nodeInfo = { architecture: "amd64", operatingSystem: "linux" };
  assertEquals(observeObject(raw({ nodeInfo })), { type: "node", node: expected });
  const node = { ...expected, architecture: "arm64", os: "" };
  assertEquals(observeObject(raw(undefined)), { type: "node", node });
});

Deno.test("a Namespace's skip mark is kept", () => {
  const metadata = { name: "shop", annotations: { "warm-images/skip": "true" } };
  assertEquals(observeObject({ apiVersion: "v1", kind: "Namespace", metadata }), {
    type: "namespace",
    namespace: { name: "shop", skip: true },
  });
});

Deno.test("other kinds, other groups and nonsense are ignored", () => {
  const nonsense = [null, 1, "a", [], {}, { kind: 1 }, { kind: "Service" }];
  const others = [{ apiVersion: "example.com/v1", kind: "Deployment" }];
  for (const raw of [...nonsense, ...others]) {
    assertEquals(observeObject(raw).type, "ignored", JSON.stringify(raw));
  }
});

Deno.test("any shape of an object is read without an error", () => {
  const kind = fc.constantFrom(
    "Deployment",
    "DaemonSet",
    "Job",
    "CronJob",
    "Pod",
    "Namespace",
    "Node",
  );
  const part = fc.oneof(
    fc.anything(),
    fc.dictionary(
      fc.constantFrom("template", "spec", "taints", "affinity", "tolerations", "conditions", "os"),
      fc.anything(),
    ),
  );
  const apiVersion = fc.constantFrom("v1", "apps/v1", "batch/v1");
  const raw = fc.record({ apiVersion, kind, metadata: part, spec: part, status: part });
  fc.assert(fc.property(raw, (raw) => {
    observeObject(raw);
  }));
});
