import { assertEquals } from "@std/assert";
import { customKind } from "../../harness/cluster/custom_kind.ts";
import type { TestCluster } from "../../harness/cluster/test_cluster.ts";
import { appOf, sleeping } from "../../harness/cluster/workloads.ts";
import { warmsNew } from "../warms_new.ts";
import { untilPlanned } from "./plan.ts";
import { DEVICE, GPU, WORKERS } from "./pools.ts";
import { untilUnwanted } from "./unwanted.ts";

const GROUP = "argoproj.io";
const VERSION = "v1alpha1";

/** Installs a kind that is known by name, with an object; resolves to its image. */
export async function startKind(test: TestCluster): Promise<string> {
  const image = await test.push("kinds/rollout");
  await test.apply(customKind(GROUP, "Rollout", VERSION));
  await test.sh(`kubectl wait --for=condition=established crd/rollouts.${GROUP} --timeout=1m`);
  const app = appOf("Deployment", "shop", sleeping(image, { nodeSelector: { pool: "workers" } }));
  await test.apply({ ...app, apiVersion: `${GROUP}/${VERSION}`, kind: "Rollout" });
  return image;
}

/** It is followed soon, by a controller that started before. */
export async function kindThatCame(test: TestCluster, image: string): Promise<void> {
  await test.untilWarm(image, WORKERS);
  await untilPlanned(test, image, (row) => row?.reasons[0]?.kind === "Rollout");
  assertEquals(await test.isWarm(GPU, image), false, GPU);
}

/** Once the kind is gone, nobody wants what its objects named. */
export async function kindThatGoes(test: TestCluster, image: string): Promise<void> {
  await test.sh(`kubectl delete crd/rollouts.${GROUP} --wait=false`);
  await untilUnwanted(test, [image]);
}

/** A list of images that no object names warms the pool that it is for. */
export async function listedByHand(test: TestCluster): Promise<void> {
  const image = await test.push("kinds/listed");
  await test.apply({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "models", namespace: "default", labels: { "warm-images/list": "true" } },
    data: {
      images: `# What notebooks of the pool start.\n\n${image} # large\n`,
      nodeSelector: "pool: gpu",
      tolerations: JSON.stringify([{ key: DEVICE, operator: "Exists" }]),
    },
  });
  await test.untilWarm(image, [GPU]);
  await warmsNew(test, "kinds/marker", { nodes: WORKERS });
  for (const node of WORKERS) assertEquals(await test.isWarm(node, image), false, node);
}
