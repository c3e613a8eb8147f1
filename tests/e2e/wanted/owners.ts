import { assertEquals } from "@std/assert";
import { customKind } from "../../harness/cluster/custom_kind.ts";
import type { TestCluster } from "../../harness/cluster/test_cluster.ts";
import { sleeping } from "../../harness/cluster/workloads.ts";
import { busyboxLayer } from "../../harness/images/pod_images.ts";
import { warmsNew } from "../warms_new.ts";
import { untilPlanned } from "./plan.ts";
import { GPU, WORKERS } from "./pools.ts";

const GROUP = "e2e.example.com";

/**
 * What a pod asks for whose owner is of a kind that nobody follows, the next one like it will ask
 * for on any node of its pool.
 */
export async function podsOfOthers(test: TestCluster): Promise<void> {
  const image = await test.push("owners/step", 0, { layers: [await busyboxLayer()] });
  await test.apply(customKind(GROUP, "Notebook"));
  await test.sh(`kubectl wait --for=condition=established crd/notebooks.${GROUP} --timeout=1m`);
  const [apiVersion, kind, name] = [`${GROUP}/v1`, "Notebook", "paper"];
  await test.apply({ apiVersion, kind, metadata: { name, namespace: "default" } });
  const uid = await test.sh(`kubectl get notebook ${name} -o jsonpath={.metadata.uid}`);
  const owner = { apiVersion, kind, name, uid, controller: true };
  await test.apply({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "paper-0", namespace: "default", ownerReferences: [owner] },
    spec: sleeping(image, { nodeSelector: { pool: "workers" } }),
  });
  await test.sh("kubectl wait --for=condition=ready pod/paper-0 --timeout=2m");
  await test.untilWarm(image, WORKERS);
  await untilPlanned(test, image, (row) => String(row?.nodes) === String(WORKERS));
  await warmsNew(test, "owners/marker", { nodes: WORKERS });
  assertEquals(await test.isWarm(GPU, image), false, GPU);
}

/** What a pod asks for that names its node itself, no other node is going to need. */
export async function podOfOneNode(test: TestCluster): Promise<void> {
  const [node, other] = WORKERS;
  const image = await test.push("owners/debug", 0, { layers: [await busyboxLayer()] });
  const runs = `--image=${image} -- /bin/busybox sleep infinity`;
  await test.sh(`kubectl debug node/${node} --profile=general --attach=false ${runs}`);
  await test.untilWarm(image, [node]);
  await untilPlanned(test, image, (row) => String(row?.nodes) === node);
  await warmsNew(test, "owners/later", { nodes: WORKERS });
  assertEquals(await test.isWarm(other, image), false, other);
}
