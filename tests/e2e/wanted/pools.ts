import { assertEquals, assertStringIncludes } from "@std/assert";
import { must } from "../../harness/cluster/cluster.ts";
import type { TestCluster } from "../../harness/cluster/test_cluster.ts";
import { appOf, sleeping } from "../../harness/cluster/workloads.ts";
import { busyboxLayer } from "../../harness/images/pod_images.ts";
import { warmsNew } from "../warms_new.ts";

/** Of the nodes of the tests here, two that are alike. */
export const WORKERS = ["node-0", "node-1"] as const;
/** The one for pods that ask for its devices. */
export const GPU = "gpu";
/** The device, and the key of the taint of its pool. */
export const DEVICE = "example.com/gpu";

/** How they are started. */
export const NODES = [
  { labels: { pool: "workers" } },
  { labels: { pool: "workers" }, containerd: "2.4" },
  { name: GPU, labels: { pool: "gpu" }, taints: [`${DEVICE}=present:NoSchedule`] },
] as const;

/** A node that joins later, and what a network keeps pods away by until it runs there. */
const LATE = "late";
const NOT_READY = "node.cilium.io/agent-not-ready";

/** What asks for a device is warm in its pool and nowhere else, and nothing else is warm there. */
export async function devicePool(test: TestCluster): Promise<void> {
  const add = (list: string) => ({
    op: "add",
    path: `/status/${list}/${DEVICE.replace("/", "~1")}`,
    value: "2",
  });
  const patch = JSON.stringify(["capacity", "allocatable"].map(add));
  const how = ["--subresource=status", "--type=json", "-p", patch];
  await must(test.cluster.kubectl("patch", "node", GPU, ...how));
  const layers = [await busyboxLayer()];
  const model = await test.push("pools/model", 0, { layers });
  const device = sleeping(model);
  const [main] = device["containers"] as [object];
  const containers = [{ ...main, resources: { limits: { [DEVICE]: 1 } } }];
  await test.apply(appOf("Deployment", "model", { ...device, containers }, { replicas: 0 }));
  await test.untilWarm(model, [GPU]);
  await warmsNew(test, "pools/usual", { nodes: WORKERS });
  for (const node of WORKERS) assertEquals(await test.isWarm(node, model), false, node);
  const { stdout } = await test.cluster.ctr(GPU, "images", "ls", "-q");
  const pulled = stdout.split("\n").filter((name) => name.includes("/pools/"));
  assertEquals(pulled, [model], `of the images here ${GPU} has`);

  const before = await test.requestsFor("pools/model");
  await test.sh("kubectl scale deployment/model --replicas=1");
  await test.sh("kubectl rollout status deployment/model --timeout=2m");
  const where = "kubectl get pods --selector=app=model -o jsonpath={..nodeName}";
  assertEquals(await test.sh(where), GPU, "admission gave its pod the toleration");
  assertEquals(await test.requestsFor("pools/model"), before, "it started from the warm image");
}

/** A node is warm before its network runs, and its pods start then without a pull. */
export async function startingNode(test: TestCluster): Promise<void> {
  const image = await test.push("pools/starting", 0, { layers: [await busyboxLayer()] });
  const pod = sleeping(image, { nodeSelector: { pool: LATE } });
  await test.apply(appOf("Deployment", "starting", pod));
  await test.cluster.addNode({
    name: LATE,
    labels: { pool: LATE },
    taints: [`${NOT_READY}=true:NoSchedule`, `${NOT_READY}=true:NoExecute`],
  });
  await test.untilWarm(image, [LATE]);
  const taints = `kubectl get node ${LATE} -o jsonpath='{.spec.taints[*].key}'`;
  assertStringIncludes(await test.sh(taints), NOT_READY);
  const before = await test.requestsFor("pools/starting");
  await test.sh(`kubectl taint node ${LATE} ${NOT_READY}-`);
  await test.sh("kubectl rollout status deployment/starting --timeout=2m");
  assertEquals(await test.requestsFor("pools/starting"), before, "its pod asked no registry");
}
