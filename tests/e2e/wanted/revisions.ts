import { assertEquals } from "@std/assert";
import { must } from "../../harness/cluster/cluster.ts";
import type { TestCluster } from "../../harness/cluster/test_cluster.ts";
import { appOf, sleeping } from "../../harness/cluster/workloads.ts";
import { busyboxLayer } from "../../harness/images/pod_images.ts";
import { untilPlanned } from "./plan.ts";
import { WORKERS } from "./pools.ts";

/** What is wanted last. */
const LOWEST_PRIORITY = -(2 ** 31);

/** Where the pods of all workloads here may run. */
const POD = { nodeSelector: { pool: "workers" } };

/** Workloads, each with one pod, or one on each node; those whose new template waits say so. */
const APPS = {
  history: { kind: "Deployment" },
  stuck: { kind: "Deployment" },
  canary: { kind: "Deployment" },
  partitioned: {
    kind: "StatefulSet",
    more: { updateStrategy: { type: "RollingUpdate", rollingUpdate: { partition: 1 } } },
  },
  "on-delete": { kind: "DaemonSet", more: { updateStrategy: { type: "OnDelete" } } },
} as const;

type Name = keyof typeof APPS;

/** Images by workload and revision, from 1. */
export type Revisions = (name: Name, revision: number) => string;

/** Starts the workloads and waits until they run. */
export async function startRevisions(test: TestCluster): Promise<Revisions> {
  const registry = await test.cluster.registry();
  const layers = [await busyboxLayer()];
  const image: Revisions = (name, revision) => `${registry}/revisions/${name}:${revision}`;
  for (const name of Object.keys(APPS)) {
    for (const tag of ["1", "2", "3"]) await test.push(`revisions/${name}`, 0, { tag, layers });
  }
  const apps = Object.entries(APPS).map(([name, { kind, ...rest }]) =>
    appOf(kind, name, sleeping(image(name as Name, 1), POD), "more" in rest ? rest.more : {})
  );
  await test.apply(...apps);
  await test.sh("kubectl wait --for=condition=available deployment --all --timeout=2m");
  await test.sh("kubectl wait --for=jsonpath='{.status.readyReplicas}'=1 statefulset/partitioned");
  await test.sh("kubectl wait --for=jsonpath='{.status.numberReady}'=2 daemonset/on-delete");
  return image;
}

/** Of a Deployment that was rolled out twice, the last but one waits for a rollback. */
export async function lastButOneKept(test: TestCluster, image: Revisions): Promise<void> {
  for (const revision of [2, 3]) {
    await setImage(test, "history", image("history", revision));
    await test.sh("kubectl rollout status deployment/history --timeout=2m");
  }
  await untilPlanned(test, image("history", 1), (row) => row === undefined);
  await untilPlanned(
    test,
    image("history", 2),
    (row) => row?.priority === LOWEST_PRIORITY && row.reasons[0]?.how === "kept",
  );
  await test.untilWarm(image("history", 2), WORKERS);
  await test.untilWarm(image("history", 3), WORKERS);
}

/** A new image that cannot start leaves the old one running: any pod of both may be replaced. */
export async function stuckKeepsBoth(test: TestCluster, image: Revisions): Promise<void> {
  const fails = { op: "replace", path: "/spec/template/spec/containers/0/command", value: ["no"] };
  const next = { ...fails, path: "/spec/template/spec/containers/0/image" };
  const patch = JSON.stringify([fails, { ...next, value: image("stuck", 2) }]);
  await must(test.cluster.kubectl("patch", "deployment", "stuck", "--type=json", "-p", patch));
  await keepsBoth(test, "stuck", image);
}

/** What an update strategy holds back is warm on every node before it is let go. */
export async function heldBackIsWarm(test: TestCluster, image: Revisions): Promise<void> {
  await test.sh("kubectl rollout pause deployment/canary");
  const held = ["canary", "partitioned", "on-delete"] as const;
  for (const name of held) await setImage(test, name, image(name, 2));
  for (const name of held) await keepsBoth(test, name, image);
  const running = await test.sh("kubectl get pods -o jsonpath='{..spec.containers[*].image}'");
  const started = held.filter((name) => running.includes(image(name, 2)));
  assertEquals(started, [], "no pod of a new revision is there");

  const asked = () => Promise.all(held.map((name) => test.requestsFor(`revisions/${name}`)));
  const before = await asked();
  await test.sh("kubectl rollout resume deployment/canary");
  await test.sh("kubectl rollout status deployment/canary --timeout=2m");
  const whole = JSON.stringify({ spec: { updateStrategy: { rollingUpdate: { partition: 0 } } } });
  await must(test.cluster.kubectl("patch", "statefulset", "partitioned", "-p", whole));
  await test.sh("kubectl rollout status statefulset/partitioned --timeout=2m");
  await test.sh("kubectl delete pod --selector=app=on-delete");
  const updated = "--for=jsonpath='{.status.updatedNumberScheduled}'=2";
  await test.sh(`kubectl wait ${updated} daemonset/on-delete --timeout=2m`);
  await test.sh("kubectl wait --for=condition=ready pod --selector=app=on-delete --timeout=2m");
  assertEquals(await asked(), before, "promoted, they start from warm images");
}

async function keepsBoth(test: TestCluster, name: Name, image: Revisions): Promise<void> {
  for (const revision of [1, 2]) await test.untilWarm(image(name, revision), WORKERS);
  await untilPlanned(
    test,
    image(name, 1),
    (row) => row?.nodes.length === 2 && row.reasons[0]?.how === "revision" && row.priority === 0,
  );
  await untilPlanned(
    test,
    image(name, 2),
    (row) => row?.nodes.length === 2 && row.reasons[0]?.how === undefined && row.priority === 0,
  );
}

async function setImage(test: TestCluster, name: Name, image: string): Promise<void> {
  await test.sh(`kubectl set image ${APPS[name].kind}/${name} main=${image}`);
}
