import { assertEquals } from "@std/assert";
import type { TestCluster } from "../../harness/cluster/test_cluster.ts";
import { appOf, cronJobOf, jobOf, sleeping } from "../../harness/cluster/workloads.ts";
import { warmsNew } from "../warms_new.ts";
import { Mesh } from "./mesh.ts";
import { untilPlanned } from "./plan.ts";
import { GPU, WORKERS } from "./pools.ts";
import { untilUnwanted } from "./unwanted.ts";

/** A node on which images are taken away, to see whether they come back. */
const NODE = WORKERS[0];

/** Workloads by kind, and where their pods may run: all tolerate the pool's taint by the webhook. */
const NODES: Readonly<Record<string, readonly string[]>> = {
  web: [...WORKERS, GPU],
  db: WORKERS,
  log: WORKERS,
  once: [...WORKERS, GPU],
  nightly: [...WORKERS, GPU],
};
/** Those that get a new template. */
const RENEWED = {
  web: "deployment",
  db: "statefulset",
  log: "daemonset",
  nightly: "cronjob",
} as const;

/** Starts a mesh and its workloads. */
export async function startInjected(test: TestCluster): Promise<Mesh> {
  const mesh = await Mesh.start(test, Object.keys(NODES));
  const pod = (name: string, more = {}) => sleeping(mesh.written(name), more);
  const workers = { nodeSelector: { pool: "workers" } };
  await mesh.apply(
    appOf("Deployment", "web", pod("web")),
    appOf("StatefulSet", "db", pod("db", workers), {
      updateStrategy: { type: "RollingUpdate", rollingUpdate: { partition: 1 } },
    }),
    appOf("DaemonSet", "log", pod("log", workers), { updateStrategy: { type: "OnDelete" } }),
    jobOf("once", pod("once")),
    cronJobOf("nightly", pod("nightly")),
  );
  await mesh.kubectl("create", "job", "--from=cronjob/nightly", "by-hand");
  return mesh;
}

/** What is injected, and what is rewritten, is warm wherever pods of the same workload may run. */
export async function warmAsPodsAsk(test: TestCluster, mesh: Mesh): Promise<void> {
  await test.untilWarm(mesh.first, [...WORKERS, GPU]);
  for (const [name, nodes] of Object.entries(NODES)) {
    await test.untilWarm(mesh.rewritten(name), nodes);
    await test.untilWarm(mesh.sidecar(name), nodes);
  }
  await warmsNew(test, "mesh-marker/shown", { nodes: WORKERS });
  for (const name of ["db", "log"]) {
    assertEquals(await test.isWarm(GPU, mesh.sidecar(name)), false, `${name} on ${GPU}`);
  }
  mesh.origin.forgetRequests();
}

/** A template that no pod has yet is warm as its pods will be changed. */
export async function newTemplateWarm(test: TestCluster, mesh: Mesh): Promise<void> {
  await mesh.kubectl("rollout", "pause", "deployment/web");
  for (const [name, kind] of Object.entries(RENEWED)) {
    await mesh.kubectl("set", "image", `${kind}/${name}`, `main=${mesh.written(name, "2")}`);
  }
  for (const [name, kind] of Object.entries(RENEWED)) {
    const next = mesh.rewritten(name, "2");
    await test.untilWarm(next, NODES[name]);
    // A schedule's reasons would change with each run.
    const how = kind === "cronjob" ? "pods" : "guess";
    await untilPlanned(test, next, (row) => row?.reasons[0]?.how === how);
  }
  const images = await mesh.kubectl("get", "pods", "-o", "jsonpath={..image}");
  assertEquals(images.match(/\/mesh\/\w+:2\b/g), null, "no pod of a new template is there");

  const before = await test.requestsFor("mesh/web");
  await mesh.kubectl("rollout", "resume", "deployment/web");
  await mesh.kubectl("rollout", "status", "deployment/web", "--timeout=2m");
  assertEquals(await test.requestsFor("mesh/web"), before, "its pod started from the warm image");
  assertEquals(mesh.origin.requests().map(({ path }) => path), [], "whom no pod asks");
}

/** Scaled to zero, a workload keeps what its last pods showed. */
export async function knownWithoutPods(test: TestCluster, mesh: Mesh): Promise<void> {
  await scale(mesh, 0);
  await warmsNew(test, "mesh-marker/zero", { nodes: WORKERS });
  for (const image of ["web", "db"].map((name) => mesh.sidecar(name))) {
    await test.cluster.ctr(NODE, "images", "rm", "--sync", image);
    await test.untilWarm(image, [NODE]);
  }
  assertEquals(mesh.origin.requests().map(({ path }) => path), [], "whom no pod will ask");
}

/** That goes after `--forget-after`, which is short here. */
export async function forgottenAfterAWhile(test: TestCluster, mesh: Mesh): Promise<void> {
  await scale(mesh, 1);
  await mesh.kubectl("rollout", "status", "deployment/web", "--timeout=2m");
  await mesh.kubectl("rollout", "status", "statefulset/db", "--timeout=2m");
  for (const name of ["web", "db"]) await test.untilWarm(mesh.sidecar(name), NODES[name]);
  await scale(mesh, 0);
  await untilUnwanted(test, ["web", "db"].map((name) => mesh.sidecar(name)));
}

async function scale(mesh: Mesh, replicas: number): Promise<void> {
  const which = ["deployment/web", "statefulset/db"];
  await mesh.kubectl("scale", `--replicas=${replicas}`, ...which);
  if (replicas > 0) return;
  await mesh.kubectl("wait", "--for=delete", "pod", "--selector=app in (web, db)", "--timeout=2m");
}
