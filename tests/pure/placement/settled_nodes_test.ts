import { assert, assertEquals } from "@std/assert";
import type { ObservedNode } from "../../../mod/pure/objects/observed.ts";
import { settledNodes } from "../../../mod/pure/placement/settled_nodes.ts";

const NOW = Date.parse("2026-03-01T12:00:00Z");
const OLD = { createdMs: NOW - 600_000 };
const NEW = { createdMs: NOW - 599_999 };

const GPU_POOL = {
  "karpenter.sh/nodepool": "gpu",
  "node.kubernetes.io/instance-type": "g5.xlarge",
};
const CPU_POOL = { "karpenter.sh/nodepool": "cpu", "node.kubernetes.io/instance-type": "m5.large" };

const node = (name: string, more: Partial<ObservedNode>): ObservedNode => ({
  name,
  uid: "",
  labels: {},
  taints: [],
  architecture: "amd64",
  os: "linux",
  unschedulable: false,
  skip: false,
  ...more,
});

const settle = (...nodes: ObservedNode[]) =>
  settledNodes(nodes, { isStartupTaint: (key) => key.startsWith("start"), nowWallMs: NOW });

/** Resources of the last of these nodes. */
const resourcesOf = (...nodes: ObservedNode[]) => settle(...nodes).at(-1)?.resources;

Deno.test("a node stands without its startup taints, whatever their effect", () => {
  const dedicated = { key: "dedicated", value: "gpu", effect: "NoSchedule" };
  const taints = [
    { key: "start/a", effect: "NoSchedule" },
    dedicated,
    { key: "start/b", effect: "NoExecute" },
  ];
  assertEquals(settle(node("n", { taints })), [node("n", { taints: [dedicated] })]);
});

Deno.test("taints of gates go as well, and none that is but like them", () => {
  const gateTaints = [{ key: "dedicated", value: "warming" }, { key: "example.com/cold" }];
  const dedicated = { key: "dedicated", value: "gpu", effect: "NoSchedule" };
  const taints = [
    dedicated,
    { ...dedicated, value: "warming" },
    { key: "example.com/cold", effect: "NoExecute" },
  ];
  const [settled] = settledNodes([node("n", { taints })], {
    isStartupTaint: () => false,
    gateTaints,
    nowWallMs: NOW,
  });
  assertEquals(settled?.taints, [dedicated]);
});

Deno.test("a node that is cordoned while its gate is shut will take pods, and no other", () => {
  const cold = { key: "warm-images/cold", effect: "NoSchedule" };
  const unschedulable = true;
  const settled = settledNodes([
    node("shut", { taints: [cold], unschedulable }),
    node("open", { unschedulable }),
    node("starting", { taints: [{ key: "start/a", effect: "NoSchedule" }], unschedulable }),
  ], {
    isStartupTaint: (key) => key.startsWith("start"),
    gateTaints: [{ key: "warm-images/cold" }],
    nowWallMs: NOW,
  });
  assertEquals(settled.map((each) => each.unschedulable), [false, true, true]);
});

Deno.test("a node without any of that stands as it is", () => {
  const old = node("n", { ...OLD, resources: ["nvidia.com/gpu"] });
  assertEquals(settle(old), [old]);
});

Deno.test("what a new node has is not known until it had time to register its devices", () => {
  assertEquals(resourcesOf(node("n", { ...NEW, resources: [] })), undefined);
  assertEquals(resourcesOf(node("n", { ...NEW, resources: [], labels: GPU_POOL })), undefined);
  assertEquals(resourcesOf(node("n", { ...OLD, resources: [] })), []);
  assertEquals(resourcesOf(node("n", { resources: [] })), [], "of manifests nobody knows the age");
});

Deno.test("older nodes of its pool and type tell what a new node will have", () => {
  const gpu = node("gpu", { ...OLD, labels: GPU_POOL, resources: ["nvidia.com/gpu"] });
  const cpu = node("cpu", { ...OLD, labels: CPU_POOL, resources: [] });
  const fresh = (labels: Record<string, string>, resources: string[] = []) =>
    node("fresh", { ...NEW, labels, resources });
  assertEquals(resourcesOf(gpu, cpu, fresh(CPU_POOL)), []);
  assertEquals(resourcesOf(gpu, cpu, fresh(GPU_POOL)), ["nvidia.com/gpu"]);
  assertEquals(resourcesOf(gpu, cpu, fresh(GPU_POOL, ["a.com/b"])), ["a.com/b", "nvidia.com/gpu"]);
  const otherType = { ...CPU_POOL, "node.kubernetes.io/instance-type": "m5.xlarge" };
  const unknown = node("new-pool", { ...OLD, labels: { "karpenter.sh/nodepool": "x" } });
  assertEquals(resourcesOf(unknown, fresh({ "karpenter.sh/nodepool": "x" })), undefined);
  assertEquals(resourcesOf(fresh(CPU_POOL), fresh(CPU_POOL)), undefined, "none is old enough");
  assertEquals(resourcesOf(gpu, cpu, fresh(otherType)), undefined, "the first of its kind");
  assertEquals(resourcesOf(fresh(otherType), cpu, fresh({})), undefined, "of no pool");
});

Deno.test("a new node of no pool lacks devices until it registers some, once any node has", () => {
  const fresh = (resources: string[]) => node("fresh", { ...NEW, resources });
  for (const age of [OLD, NEW]) {
    const gpu = node("gpu", { ...age, labels: GPU_POOL, resources: ["nvidia.com/gpu"] });
    assertEquals(resourcesOf(gpu, fresh([])), []);
    assertEquals(resourcesOf(gpu, fresh(["a.com/b"])), ["a.com/b"]);
    const taints = ["nvidia.com/gpu", "dedicated"].map((key) => ({ key, effect: "NoSchedule" }));
    assertEquals(resourcesOf(gpu, node("fresh", { ...NEW, taints, resources: [] })), [
      "nvidia.com/gpu",
    ], "its taint is named after one");
    const labels = { "nvidia.com/gpu.present": "true" };
    assertEquals(resourcesOf(gpu, node("fresh", { ...NEW, labels, resources: [] })), [
      "nvidia.com/gpu",
    ], "its label is");
    assertEquals(resourcesOf(gpu, node("fresh", NEW)), undefined, "kubelet has told nothing yet");
  }
  const pages = node("pages", { ...OLD, resources: ["hugepages-2Mi"] });
  assertEquals(resourcesOf(pages, fresh([])), undefined, "huge pages are no device");
});

Deno.test("the pools of GKE, EKS, AKS and Karpenter are told apart", () => {
  const labels = [
    "cloud.google.com/gke-nodepool",
    "eks.amazonaws.com/nodegroup",
    "kubernetes.azure.com/agentpool",
    "karpenter.sh/nodepool",
  ];
  for (const label of labels) {
    const gpu = node("gpu", { ...OLD, labels: { [label]: "gpu" }, resources: ["nvidia.com/gpu"] });
    const cpu = node("cpu", { ...OLD, labels: { [label]: "cpu" }, resources: [] });
    const fresh = node("fresh", { ...NEW, labels: { [label]: "cpu" }, resources: [] });
    assertEquals(resourcesOf(gpu, cpu, fresh), [], label);
  }
});

Deno.test("a node that comes out as before is the very same again, until its pool tells of more", () => {
  const known = new WeakMap<ObservedNode, ObservedNode>();
  const pass = (...nodes: ObservedNode[]) =>
    settledNodes(nodes, { isStartupTaint: (key) => key === "start", nowWallMs: NOW }, known)[0];
  const taints = [{ key: "start", effect: "NoSchedule" }];
  const young = node("young", { ...NEW, taints, labels: GPU_POOL, resources: [] });
  const older = node("older", { ...OLD, labels: GPU_POOL, resources: ["nvidia.com/gpu"] });
  const first = pass(young);
  assert(pass(young) === first);
  const later = pass(young, older);
  assertEquals(later?.resources, ["nvidia.com/gpu"]);
  assert(pass(young, { ...older }) === later);
});
