import type { KubernetesClient } from "../../../mod/adapters/kubernetes/client.ts";
import { never } from "../signals.ts";

/** A call of a test; ends by the client's own deadline. */
export function call(
  client: KubernetesClient,
  method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE",
  path: string,
  body?: unknown,
): Promise<unknown> {
  const signal = never();
  return client.request(path, { method, signal, ...(body !== undefined && { body }) });
}

/** Creates an object of a namespaced kind of apps/v1, batch/v1 or v1 in `default`. */
export async function createObject(
  client: KubernetesClient,
  kind: string,
  name: string,
  image: string,
): Promise<void> {
  const pod = { containers: [{ name: "main", image }] };
  const template = { metadata: { labels: { app: name } }, spec: pod };
  const job = { template: { spec: { ...pod, restartPolicy: "Never" } } };
  const spec = kind === "Pod"
    ? pod
    : kind === "Job"
    ? job
    : kind === "CronJob"
    ? { schedule: "0 3 * * *", jobTemplate: { spec: job } }
    : {
      selector: { matchLabels: { app: name } },
      template,
      ...(kind === "StatefulSet" && { serviceName: name }),
    };
  const { path, apiVersion } = collectionOf(kind);
  await call(client, "POST", path, { apiVersion, kind, metadata: { name }, spec });
}

/** Collection of a kind in the namespace `default`. */
export function collectionOf(kind: string): { path: string; apiVersion: string } {
  const apiVersion = kind === "Pod" ? "v1" : kind.endsWith("Job") ? "batch/v1" : "apps/v1";
  const root = apiVersion === "v1" ? "/api/v1" : `/apis/${apiVersion}`;
  return { path: `${root}/namespaces/default/${kind.toLowerCase()}s`, apiVersion };
}

/** Creates a service account and returns a token of it that is valid for an hour. */
export async function createAccount(client: KubernetesClient, name: string): Promise<string> {
  const path = "/api/v1/namespaces/default/serviceaccounts";
  await call(client, "POST", path, {
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: { name },
  });
  return await tokenOf(client, name);
}

/** A new token of a service account. */
export async function tokenOf(
  client: KubernetesClient,
  name: string,
  namespace = "default",
): Promise<string> {
  const answer = await call(
    client,
    "POST",
    `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`,
    {
      apiVersion: "authentication.k8s.io/v1",
      kind: "TokenRequest",
      spec: { expirationSeconds: 3600 },
    },
  );
  return (answer as { status: { token: string } }).status.token;
}
