import { assert, assertEquals, assertRejects } from "@std/assert";
import { ApiError, isExpired } from "../../../mod/adapters/kubernetes/api_error.ts";
import { type KubernetesClient, openKubernetes } from "../../../mod/adapters/kubernetes/client.ts";
import { kubernetesSource } from "../../../mod/adapters/kubernetes/source.ts";
import { readEvents } from "../../../mod/adapters/kubernetes/watch_event.ts";
import type { WantsSource } from "../../../mod/ports/wants_source.ts";
import { KindChoice } from "../../../mod/pure/objects/kind_choice.ts";
import {
  recordingConditions,
  recordingLogger,
  recordingMetrics,
} from "../../harness/fakes/quiet.ts";
import {
  call,
  collectionOf,
  createAccount,
  createObject,
  tokenOf,
} from "../../harness/servers/api_objects.ts";
import { grantReading } from "../../harness/servers/api_rights.ts";
import { type ApiServer, startApiServer } from "../../harness/servers/api_server.ts";
import { makeClientCertificate } from "../../harness/servers/api_server_certificates.ts";
import { apiServerMissing } from "../../harness/servers/api_server_or_reason.ts";
import { seenBy } from "../../harness/fakes/seen.ts";
import { waitUntil } from "../../harness/wait.ts";
import { never } from "../../harness/signals.ts";

/** Kinds that the harness can make an object of. */
const KINDS = ["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Pod", "Job", "CronJob"];

const missing = await apiServerMissing();

Deno.test({
  name: `a real API server is followed${missing === undefined ? "" : ` [skipped: ${missing}]`}`,
  ignore: missing !== undefined,
}, async (t) => {
  await using server = await startApiServer();
  const { admin } = server;

  await t.step("every kind is listed, and changes of each are followed", async () => {
    for (const kind of KINDS) await createObject(admin, kind, "first", "nginx:1");
    await using followed = follow(server.adminKubeconfig);
    await waitUntil("it is in sync", () => followed.source.observe().synced);
    assertEquals([...followed.source.observe().kinds].sort(), [
      ...["CronJob", "DaemonSet", "Deployment", "Job", "Namespace", "Node"],
      ...["Pod", "PriorityClass", "ReplicaSet", "RuntimeClass", "ServiceAccount", "StatefulSet"],
    ]);
    assertEquals(names(followed.source), KINDS.map((kind) => `${kind} first`).sort());
    assertEquals(followed.conditions.state.get("kubernetes"), { holds: true });
    for (const kind of KINDS) await createObject(admin, kind, "second", "nginx:2");
    await call(admin, "DELETE", `${collectionOf("CronJob").path}/first`);
    const expected = KINDS.flatMap((kind) => [`${kind} first`, `${kind} second`])
      .filter((name) => name !== "CronJob first").sort();
    await waitUntil(
      "all changes are known",
      () => names(followed.source).join() === expected.join(),
    );
    const spaces = seenBy(followed.source).namespaces.map(({ name }) => name);
    assert(spaces.includes("default"));
  });

  await t.step("a Node's heartbeat and a Deployment's status change nothing", async () => {
    await call(admin, "POST", "/api/v1/nodes", node("one"));
    await using followed = follow(server.adminKubeconfig);
    await waitUntil("it is in sync", () => followed.source.observe().synced);
    const before = followed.causes.length;
    const status = { conditions: [{ type: "Ready", status: "True" }] };
    await call(admin, "PUT", "/api/v1/nodes/one/status", { ...node("one"), status });
    const path = `${collectionOf("Deployment").path}/first`;
    const deployment = await call(admin, "GET", path) as Record<string, unknown>;
    await call(admin, "PUT", `${path}/status`, { ...deployment, status: { replicas: 1 } });
    await createObject(admin, "Deployment", "after", "nginx:3");
    await waitUntil(
      "what came after is known",
      () => names(followed.source).includes("Deployment after"),
    );
    assertEquals(followed.causes.slice(before), ["Deployment default/after changed"]);
  });

  await t.step("a bookmark of a real server is understood", async () => {
    const query = "watch=1&allowWatchBookmarks=true&timeoutSeconds=1&sendInitialEvents=true" +
      "&resourceVersionMatch=NotOlderThan"; // otherwise the first comes after a minute
    const types = await eventTypes(admin, `/apis/apps/v1/statefulsets?${query}`);
    assertEquals(types, ["ADDED", "ADDED", "BOOKMARK"]);
  });

  await t.step("a kind that RBAC forbids is named, and followed once it is granted", async () => {
    const token = await createAccount(admin, "reader");
    const granted = ["/namespaces", "/nodes", "/pods", "apps/deployments"];
    await grantReading(admin, "reader", "most", granted);
    const kubeconfig = await server.kubeconfigFor("reader", { token });
    await using followed = follow(kubeconfig, ["Deployment", "Pod", "Job"]);
    await waitUntil("the others are in sync", () => followed.source.observe().synced);
    assertEquals([...followed.source.observe().kinds].sort(), [
      ...["Deployment", "Namespace", "Node", "Pod"],
    ]);
    const told = "Cannot list jobs.batch in all namespaces: grant the verbs get, list and watch";
    assertEquals(followed.conditions.state.get("kubernetes"), { holds: false, reason: told });
    assertEquals(followed.logger.lines.filter(({ message }) => message === told).length, 1);
    await grantReading(admin, "reader", "jobs", ["batch/jobs"]);
    await waitUntil("jobs are followed", () => followed.source.observe().kinds.has("Job"));
    assert(names(followed.source).includes("Job first"));
    assertEquals(followed.conditions.state.get("kubernetes"), { holds: true });
  });

  await t.step("a token file that is renewed is read again", async () => {
    const tokenFile = `${server.folder}/reader.token`;
    await Deno.writeTextFile(tokenFile, "expired\n");
    const kubeconfig = await server.kubeconfigFor("token-file", { tokenFile: "reader.token" });
    await using followed = follow(kubeconfig, ["Deployment"]);
    await waitUntil(
      "it is refused",
      () => followed.metrics.total("warm_images_watch_restarts_total") > 5,
    );
    assertEquals(followed.source.observe().synced, false);
    assertEquals(followed.conditions.state.get("kubernetes")?.holds, false);
    await Deno.writeTextFile(tokenFile, `${await tokenOf(admin, "reader")}\n`);
    await waitUntil("it is in sync", () => followed.source.observe().synced);
  });

  await t.step("a client certificate that is renewed is used from then on", async () => {
    const { folder, certificates } = server;
    const stranger = await makeClientCertificate(folder, "stranger", "/CN=stranger");
    const kubeconfig = await server.kubeconfigFor("certificate", {
      "client-certificate": stranger.certFile,
      "client-key": stranger.keyFile,
    });
    using client = openKubernetes({ kubeconfig, logger: recordingLogger() });
    const error = await assertRejects(() => call(client, "GET", "/api/v1/nodes"), ApiError);
    assertEquals(error.status, 403);
    await Deno.copyFile(certificates.adminCert, stranger.certFile);
    await Deno.copyFile(certificates.adminKey, stranger.keyFile);
    await call(client, "GET", "/api/v1/nodes");
  });

  await t.step("an exec plugin is asked for a token, again when it was refused", async () => {
    const plugin = `${server.folder}/plugin.sh`;
    const [answer, calls] = [`${server.folder}/answer.json`, `${server.folder}/calls`];
    const script = `#!/bin/sh\necho "$KUBERNETES_EXEC_INFO" >> "${calls}"\ncat "${answer}"\n`;
    await Deno.writeTextFile(plugin, script, { mode: 0o700 });
    await Deno.writeTextFile(answer, execCredential("refused"));
    const apiVersion = "client.authentication.k8s.io/v1";
    const kubeconfig = await server.kubeconfigFor("exec", {
      exec: { apiVersion, command: plugin, interactiveMode: "Never" },
    });
    using client = openKubernetes({ kubeconfig, logger: recordingLogger() });
    const error = await assertRejects(() => call(client, "GET", "/api/v1/pods"), ApiError);
    assertEquals(error.status, 401);
    await Deno.writeTextFile(answer, execCredential(await tokenOf(admin, "reader")));
    await call(client, "GET", "/api/v1/pods");
    await call(client, "GET", "/api/v1/pods");
    const lines = (await Deno.readTextFile(calls)).trim().split("\n");
    assertEquals(lines.length, 3);
    assertEquals(JSON.parse(lines[0] ?? "").apiVersion, apiVersion);
  });
});

Deno.test({
  name: `a real API server may restart${missing === undefined ? "" : ` [skipped: ${missing}]`}`,
  ignore: missing !== undefined,
}, async (t) => {
  await using server = await startApiServer();
  const { admin } = server;
  await createObject(admin, "Deployment", "before", "nginx:1");
  await using followed = follow(server.adminKubeconfig, ["Deployment", "Pod"]);
  await waitUntil("it is in sync", () => followed.source.observe().synced);

  await t.step("a restart loses nothing", async () => {
    await server.stopApi();
    await waitUntil("it is noticed", () => !followed.conditions.state.get("kubernetes")?.holds);
    assertEquals(names(followed.source), ["Deployment before"]);
    await server.startApi();
    await createObject(admin, "Deployment", "after", "nginx:2");
    await waitUntil("it goes on", () => names(followed.source).includes("Deployment after"));
    await waitUntil(
      "it is well",
      () => followed.conditions.state.get("kubernetes")?.holds ?? false,
    );
    assertEquals(names(followed.source), ["Deployment after", "Deployment before"]);
  });

  await t.step("a resource version older than its history is answered with 410", async () => {
    const path = "/apis/apps/v1/deployments?watch=1&timeoutSeconds=5&resourceVersion=1";
    const error = await assertRejects(() => eventTypes(admin, path));
    assert(isExpired(error), String(error));
  });

  await t.step("a resource version of its future is answered with silence", async () => {
    const path = "/apis/apps/v1/deployments";
    const { metadata } = await call(admin, "GET", `${path}?limit=1`) as {
      metadata: { resourceVersion: string };
    };
    const future = `resourceVersion=${Number(metadata.resourceVersion) + 1_000_000}`;
    const types = eventTypes(admin, `${path}?watch=1&timeoutSeconds=3&${future}`);
    await createObject(admin, "Deployment", "unheard", "nginx:1");
    assertEquals(await types, []);
  });

  await t.step("a continue token that etcd has compacted is answered with 410", async () => {
    const page = await call(admin, "GET", "/apis/apps/v1/deployments?limit=1");
    const { metadata } = page as { metadata: { continue: string; resourceVersion: string } };
    await createObject(admin, "Deployment", "later", "nginx:3");
    await compact(server, Number(metadata.resourceVersion) + 1);
    await server.restart(); // the API server could still answer from its own memory
    const query = new URLSearchParams({ limit: "1", continue: metadata.continue });
    const error = await assertRejects(
      () => call(admin, "GET", `/apis/apps/v1/deployments?${query}`),
    );
    assert(isExpired(error), String(error));
  });

  await t.step("a server that comes back with an empty etcd is believed", async () => {
    await server.stopApi();
    await waitUntil("it is noticed", () => !followed.conditions.state.get("kubernetes")?.holds);
    await server.startApi({ empty: true });
    await createObject(admin, "Deployment", "new", "nginx:4");
    await waitUntil(
      "only the new one is known",
      () => names(followed.source).join() === "Deployment new",
      { timeoutMs: 180_000 },
    );
  });
});

interface Followed extends AsyncDisposable {
  readonly source: WantsSource;
  readonly causes: string[];
  readonly logger: ReturnType<typeof recordingLogger>;
  readonly conditions: ReturnType<typeof recordingConditions>;
  readonly metrics: ReturnType<typeof recordingMetrics>;
}

/** Follows with the defaults, but for shorter pauses. */
function follow(kubeconfig: string, kinds = KINDS): Followed {
  const [logger, conditions, metrics] = [
    recordingLogger(),
    recordingConditions(),
    recordingMetrics(),
  ];
  const client = openKubernetes({ kubeconfig, logger });
  const tuning = { refusedMs: 500, backoff: { baseMs: 100, maxMs: 1000 } };
  const source = kubernetesSource(client, {
    kinds: new KindChoice(kinds),
    logger,
    conditions,
    metrics,
    tuning,
  });
  const stop = new AbortController();
  const causes: string[] = [];
  const { signal } = stop;
  const finished = source.follow({ signal, changed: (cause) => causes.push(cause) });
  return {
    ...{ source, causes, logger, conditions, metrics },
    async [Symbol.asyncDispose]() {
      stop.abort();
      await finished;
      client[Symbol.dispose]();
    },
  };
}

function names(source: WantsSource): string[] {
  return seenBy(source).workloads.map(({ kind, name }) => `${kind} ${name}`).sort();
}

async function eventTypes(client: KubernetesClient, path: string): Promise<string[]> {
  const signal = never();
  const body = await client.stream(path, { signal });
  const types: string[] = [];
  const options = { resource: "deployments.apps", maxLineLength: 1e6, alive: () => {} };
  for await (const { type } of readEvents(body, options)) types.push(type);
  return types;
}

async function compact(server: ApiServer, revision: number): Promise<void> {
  const response = await fetch(`${server.etcdUrl}/v3/kv/compaction`, {
    method: "POST",
    body: JSON.stringify({ revision, physical: true }),
  });
  await response.body?.cancel();
  assert(response.ok);
}

function node(name: string): Record<string, unknown> {
  return { apiVersion: "v1", kind: "Node", metadata: { name } };
}

function execCredential(token: string): string {
  const expirationTimestamp = new Date(Date.now() + 3_600_000).toISOString();
  return JSON.stringify({
    apiVersion: "client.authentication.k8s.io/v1",
    kind: "ExecCredential",
    status: { token, expirationTimestamp },
  });
}
