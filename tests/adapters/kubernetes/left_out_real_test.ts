import { assertEquals } from "@std/assert";
import { openKubernetes } from "../../../mod/adapters/kubernetes/client.ts";
import { kubernetesSource } from "../../../mod/adapters/kubernetes/source.ts";
import {
  recordingConditions,
  recordingLogger,
  recordingMetrics,
} from "../../harness/fakes/quiet.ts";
import { KindChoice } from "../../../mod/pure/objects/kind_choice.ts";
import { call, createObject } from "../../harness/servers/api_objects.ts";
import { type ApiServer, startApiServer } from "../../harness/servers/api_server.ts";
import { apiServerMissing } from "../../harness/servers/api_server_or_reason.ts";
import { seenBy } from "../../harness/fakes/seen.ts";
import { waitUntil } from "../../harness/wait.ts";

const missing = await apiServerMissing();
const PODS = "/api/v1/namespaces/default/pods";
const OWNED = 1_000;

Deno.test({
  name: `a thousand owned pods of a real API server come and go unnoticed, and what counts is seen${
    missing === undefined ? "" : ` [skipped: ${missing}]`
  }`,
  ignore: missing !== undefined,
}, async () => {
  await using server = await startApiServer();
  const { admin } = server;
  await createObject(admin, "Deployment", "web", "nginx:1");
  await createObject(admin, "Pod", "bare", "nginx:2");
  await call(admin, "POST", PODS, pod("done"));
  await setPhase(server, "done", "Succeeded");
  await inParallel(OWNED, async (number) => {
    await call(admin, "POST", PODS, pod(`web-${number}`, "web"));
    await setPhase(server, `web-${number}`, "Running");
  });

  const [logger, conditions, metrics] = [
    recordingLogger(),
    recordingConditions(),
    recordingMetrics(),
  ];
  using client = openKubernetes({ kubeconfig: server.adminKubeconfig, logger });
  const kinds = new KindChoice(["Deployment", "ReplicaSet", "Pod"]);
  const source = kubernetesSource(client, { kinds, logger, conditions, metrics });
  const causes: string[] = [];
  const stop = new AbortController();
  const { signal } = stop;
  const finished = source.follow({ signal, changed: (cause) => causes.push(cause) });
  const names = () =>
    seenBy(source).workloads.map(({ kind, name }) => `${kind} ${name}`).sort().join();
  await waitUntil("it is in sync", () => source.observe().synced);
  assertEquals(seenBy(source).pods.length, 1);
  assertEquals(names(), "Deployment web,Pod bare");
  causes.length = 0;

  await inParallel(200, async (number) => {
    await call(admin, "POST", PODS, pod(`new-${number}`, "web"));
    await setPhase(server, `new-${number}`, "Running");
    await call(admin, "DELETE", `${PODS}/web-${number}?gracePeriodSeconds=0`);
  });
  await setPhase(server, "bare", "Failed"); // told as deleted, as the selector no longer fits
  await waitUntil("the pod that ended is gone", () => names() === "Deployment web");
  assertEquals(causes, ["Pod default/bare changed"]);

  const metadata = { name: "quiet", annotations: { "warm-images/skip": "true" } };
  const space = { apiVersion: "v1", kind: "Namespace", metadata };
  await call(admin, "POST", "/api/v1/namespaces", space);
  const skipped = () =>
    seenBy(source).namespaces.filter(({ skip }) => skip).map(({ name }) => name).join();
  await waitUntil("the mark of a namespace is seen", () => skipped() === "quiet");

  await call(admin, "PUT", `${PODS}/web-500`, {
    ...await call(admin, "GET", `${PODS}/web-500`) as Record<string, unknown>,
    metadata: { name: "web-500", namespace: "default" },
  });
  await waitUntil("one that lost its owner counts", () => names().includes("Pod web-500"));
  stop.abort();
  await finished;
});

function pod(name: string, owner?: string) {
  const reference = { apiVersion: "apps/v1", kind: "ReplicaSet", name: owner, uid: "some-uid" };
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name,
      ...(owner !== undefined && { ownerReferences: [{ ...reference, controller: true }] }),
    },
    spec: { containers: [{ name: "main", image: "nginx:1" }] },
  };
}

/** As kubelet does. */
async function setPhase({ admin }: ApiServer, name: string, phase: string): Promise<void> {
  const current = await call(admin, "GET", `${PODS}/${name}`) as Record<string, unknown>;
  await call(admin, "PUT", `${PODS}/${name}/status`, { ...current, status: { phase } });
}

async function inParallel(count: number, work: (number: number) => Promise<unknown>) {
  let next = 0;
  const worker = async () => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: 16 }, worker));
}
