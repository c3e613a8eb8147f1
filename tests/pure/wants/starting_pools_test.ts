// Which nodes of a cluster want an image, for nodes that start and for pools with devices.
import { assertEquals } from "@std/assert";
import type { ObservedNode } from "../../../mod/pure/objects/observed.ts";
import { mayRun } from "../../../mod/pure/placement/eligibility.ts";
import { selfNode } from "../../../mod/pure/placement/self_node.ts";
import { settledNodes } from "../../../mod/pure/placement/settled_nodes.ts";
import { startupTaintMatcher } from "../../../mod/pure/placement/startup_taints.ts";
import { observeAll, Passes } from "./folding.ts";

type Raw = Readonly<Record<string, unknown>>;

const IMAGE = "docker.io/example/app:1";
const NOW = Date.parse("2026-01-02T03:04:05Z");

const node = (name: string, spec: Raw, rest: Raw = {}): Raw => ({
  apiVersion: "v1",
  kind: "Node",
  metadata: { name, labels: { "kubernetes.io/os": "linux" }, ...Object(rest["metadata"]) },
  spec,
  status: rest["status"],
});
const tainted = (name: string, key: string, effect: string) =>
  node(name, { taints: [{ key, effect }] });

/** One object of each kind whose pods have this specification. */
function ofAllKinds(spec: Raw): Raw[] {
  const template = { metadata: { labels: { app: "a" } }, spec };
  const metadata = { name: "app", namespace: "shop" };
  const jobTemplate = { spec: { template } };
  return [
    { apiVersion: "v1", kind: "Pod", metadata, spec },
    ...["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"].map((kind) => ({
      ...{ apiVersion: "apps/v1", kind, metadata, spec: { replicas: 1, template } },
    })),
    { apiVersion: "batch/v1", kind: "Job", metadata, spec: { template } },
    {
      ...{ apiVersion: "batch/v1", kind: "CronJob", metadata },
      spec: { schedule: "0 0 * * *", jobTemplate },
    },
  ];
}

function settled(nodes: readonly Raw[]): ObservedNode[] {
  const isStartupTaint = startupTaintMatcher([]);
  return settledNodes(observeAll(nodes).seen.nodes, { isStartupTaint, nowWallMs: NOW });
}

/** Names of the nodes on which the pods' image is wanted, whatever kind of object makes them. */
function wantedOn(spec: Raw, nodes: readonly ObservedNode[]): string[] {
  const perKind = ofAllKinds(spec).map((object) => {
    const placements = new Passes().pass([object]).images.get(IMAGE)?.placements ?? [];
    return nodes.filter((each) => placements.some((placement) => mayRun(placement, each)))
      .map(({ name }) => name);
  });
  const [first = []] = perKind;
  for (const names of perKind) assertEquals(names, first);
  return first;
}

Deno.test("a node that starts is warmed by then, and one for others is not", () => {
  const nodes = settled([
    node("old", {}),
    tainted("network", "node.cilium.io/agent-not-ready", "NoSchedule"),
    tainted("volumes", "ebs.csi.aws.com/agent-not-ready", "NoExecute"),
    tainted("scaled", "startup-taint.cluster-autoscaler.kubernetes.io/warm", "NoSchedule"),
    tainted("dedicated", "dedicated", "NoSchedule"),
    tainted("leaving", "ToBeDeletedByClusterAutoscaler", "NoSchedule"),
  ]);
  const names = wantedOn({ containers: [{ name: "c", image: "example/app:1" }] }, nodes);
  assertEquals(names, ["old", "network", "volumes", "scaled"]);
});

Deno.test("an image for a device is wanted where that device is, or may yet come", () => {
  const gpu = { "nvidia.com/gpu": "1", cpu: "4" };
  const taints = [{ key: "nvidia.com/gpu", value: "present", effect: "NoSchedule" }];
  const metadata = { creationTimestamp: "2026-01-02T03:00:00Z" };
  const nodes = settled([
    node("cpu", {}, { status: { allocatable: { cpu: "4" } } }),
    node("gpu", { taints }, { status: { allocatable: gpu } }),
    node("none-left", { taints }, { status: { allocatable: { ...gpu, "nvidia.com/gpu": "0" } } }),
    node("silent", { taints }),
    node("new", { taints }, { status: { allocatable: { cpu: "4" } }, metadata }),
  ]);
  const asks = { image: "example/app:1", resources: { limits: { "nvidia.com/gpu": 1 } } };
  const plain = { name: "c", image: "example/app:1" };
  for (
    const spec of [
      { containers: [{ name: "c", ...asks }] },
      { containers: [plain], initContainers: [{ name: "i", ...asks }] },
      { containers: [plain], initContainers: [{ name: "i", ...asks, restartPolicy: "Always" }] },
    ]
  ) {
    assertEquals(wantedOn(spec, nodes), ["gpu", "silent", "new"]);
  }
  assertEquals(wantedOn({ containers: [plain] }, nodes), ["cpu"]);
});

Deno.test("a standalone node is warmed for pods that select its system by the old labels", () => {
  const nodeSelector = { "beta.kubernetes.io/os": "linux", "beta.kubernetes.io/arch": "amd64" };
  const spec = { nodeSelector, containers: [{ name: "c", image: "example/app:1" }] };
  const [amd64, arm64] = ["x86_64", "aarch64"].map((arch) => selfNode(arch, { arch, os: "linux" }));
  assertEquals(wantedOn(spec, [amd64, arm64].flatMap((each) => each ?? [])), ["x86_64"]);
});
