import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { observeObject } from "../../../mod/pure/objects/observe_object.ts";
import type { ObservedWorkload } from "../../../mod/pure/objects/observed.ts";

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

const WANTS = [{ written: "nginx:1", reference: "docker.io/library/nginx:1" }];

Deno.test("workloads with a pod template want its images, also when scaled to zero", () => {
  for (const kind of ["Deployment", "StatefulSet", "ReplicaSet"]) {
    assertEquals(workload(templated(kind)), {
      kind,
      namespace: "shop",
      name: "web",
      skip: false,
      wants: WANTS,
      faults: [],
      placement: {},
      priority: 0,
      pullSecrets: [],
    });
  }
});

Deno.test("a pod template's placement, priority and pull secrets are kept", () => {
  const terms = [{ matchExpressions: [{ key: "zone", operator: "In", values: ["a"] }] }];
  const observed = workload(templated("Deployment", {
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
  assertEquals(observed.priority, 2_000_000_000);
  assertEquals(observed.pullSecrets, ["one", "two"]);
});

Deno.test("a number of a priority goes before the name of its class", () => {
  const of = (spec: Record<string, unknown>) => workload(templated("Deployment", spec)).priority;
  assertEquals(of({ priority: -5, priorityClassName: "system-node-critical" }), -5);
  assertEquals(of({ priorityClassName: "system-node-critical" }), 2_000_001_000);
  assertEquals(of({ priorityClassName: "mine" }), 0);
});

Deno.test("a DaemonSet's pods tolerate what the DaemonSet controller adds", () => {
  const keys = (spec: Record<string, unknown>) =>
    (workload(templated("DaemonSet", spec)).placement.tolerations ?? []).map((t) => t.key);
  const added = ["not-ready", "unreachable", "disk-pressure", "memory-pressure", "pid-pressure"];
  const all = [...added, "unschedulable"].map((name) => `node.kubernetes.io/${name}`);
  assertEquals(keys({}), all);
  assertEquals(keys({ hostNetwork: true, tolerations: [{ key: "gpu" }] }), [
    "gpu",
    ...all,
    "node.kubernetes.io/network-unavailable",
  ]);
});

Deno.test("a Job waits for its images until it has ended", () => {
  const job = (status: unknown, suspend = false) =>
    workload(object("Job", {
      spec: { suspend, template: { spec: { containers: [{ image: "nginx:1" }] } } },
      status,
    }, { creationTimestamp: "2026-01-02T03:04:05Z" }));
  const ended = (type: string, status: string) => job({ conditions: [{ type, status }] });
  assertEquals(job({}).neededBy, "2026-01-02T03:04:05Z");
  assertEquals([job({}, true).neededBy, job({}, true).skip], [undefined, false]);
  assertEquals([ended("Complete", "True").skip, ended("Failed", "True").skip], [true, true]);
  assertEquals([ended("Complete", "False").skip, ended("Suspended", "True").skip], [false, false]);
  assertEquals(job({ completionTime: "2026-01-02T04:00:00Z" }).neededBy, undefined);
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

Deno.test("a Pod wants its images until it has ended, and waits for them while it is pending", () => {
  const pod = (phase: string) =>
    workload(object("Pod", { spec: { containers: [{ image: "nginx:1" }] }, status: { phase } }, {
      creationTimestamp: "2026-01-02T03:04:05Z",
    }));
  const rows = ["Pending", "Running", "Succeeded", "Failed"].map((phase) => {
    const { skip, neededBy } = pod(phase);
    return [phase, skip, neededBy !== undefined];
  });
  assertEquals(rows, [
    ["Pending", false, true],
    ["Running", false, false],
    ["Succeeded", true, false],
    ["Failed", true, false],
  ]);
});

Deno.test("a Pod that names its node runs there and nowhere else", () => {
  const { placement } = workload(object("Pod", {
    spec: { nodeName: "n1", nodeSelector: { zone: "a" }, containers: [] },
  }));
  assertEquals(placement, {
    affinity: [{ matchFields: [{ key: "metadata.name", operator: "In", values: ["n1"] }] }],
    tolerations: [{ operator: "Exists" }],
  });
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
    { apiVersion: "apps/v1", kind: "ReplicaSet", controller: true },
  ];
  const owned = workload({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { generateName: "web-", ownerReferences },
    spec: { containers: [] },
  });
  assertEquals(owned.owner, { group: "apps", kind: "ReplicaSet" });
  assertEquals([owned.namespace, owned.name], ["default", "web-"]);
  const nameless = workload({ apiVersion: "v1", kind: "Pod", spec: {} });
  assertEquals(nameless.faults, [{ field: "metadata.name", value: "", why: "it is missing" }]);
});

Deno.test("an owner's group is kept, as other groups have kinds of the same name", () => {
  const ownedBy = (apiVersion: string, kind: string) => {
    const ownerReferences = [{ apiVersion, kind, controller: true }];
    return workload(object("Pod", { spec: { containers: [] } }, { ownerReferences })).owner;
  };
  assertEquals(ownedBy("v1", "Node"), { group: "", kind: "Node" });
  assertEquals(ownedBy("batch.volcano.sh/v1alpha1", "Job"), {
    group: "batch.volcano.sh",
    kind: "Job",
  });
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
  const nonsense = [null, 1, "a", [], {}, { kind: 1 }, { kind: "Node" }, { kind: "Service" }];
  const others = [{ apiVersion: "example.com/v1", kind: "Deployment" }];
  for (const raw of [...nonsense, ...others]) {
    assertEquals(observeObject(raw).type, "ignored", JSON.stringify(raw));
  }
});

Deno.test("an item of a list, which has no version, is observed", () => {
  assertEquals(observeObject({ kind: "Pod", metadata: { name: "a" }, spec: {} }).type, "workload");
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
  const raw = fc.record({ kind, metadata: part, spec: part, status: part });
  fc.assert(fc.property(raw, (raw) => {
    observeObject(raw);
  }));
});
