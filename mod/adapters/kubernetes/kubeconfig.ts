import { KubeConfig } from "@kubernetes/client-node";
import { parse } from "yaml";
import { messageOf } from "../../pure/message_of.ts";

/** Where Kubernetes mounts the credentials of a pod's service account. */
const IN_CLUSTER_TOKEN = "/var/run/secrets/kubernetes.io/serviceaccount/token";
const IN_CLUSTER_NAMESPACE = "/var/run/secrets/kubernetes.io/serviceaccount/namespace";

/** A loaded configuration, and where it came from: a path, or "the pod's service account". */
export interface LoadedConfig {
  readonly config: KubeConfig;
  readonly from: string;
}

/**
 * Loads the given kubeconfig, else the pod's service account, else the user's `~/.kube/config`.
 * Throws when there is none, or when it cannot be used.
 */
export function loadKubeConfig(path?: string): LoadedConfig {
  if (path !== undefined) return { config: loadFiles(listed(path)), from: path };
  if (inCluster()) {
    const config = new KubeConfig();
    config.loadFromCluster();
    nameNamespace(config);
    return { config, from: "the pod's service account" };
  }
  const own = `${Deno.env.get("HOME")}/.kube/config`;
  if (!exists(own)) {
    throw new Error(
      "Cannot find a Kubernetes API server: this is not a pod with a service account, and " +
        "there is no ~/.kube/config; name a kubeconfig with --kubeconfig (KUBECONFIG)",
    );
  }
  return { config: loadFiles([own]), from: own };
}

/** client-node 1.4 would test access to the file, for which Deno asks for one more permission. */
function nameNamespace(config: KubeConfig): void {
  if (!exists(IN_CLUSTER_NAMESPACE)) return;
  const namespace = Deno.readTextFileSync(IN_CLUSTER_NAMESPACE).trim();
  config.contexts = config.contexts.map((context) => ({ ...context, namespace }));
}

function inCluster(): boolean {
  return Deno.env.get("KUBERNETES_SERVICE_HOST") !== undefined && exists(IN_CLUSTER_TOKEN);
}

/** One file, or several separated by colons; as with kubectl some of several may be missing. */
function listed(path: string): string[] {
  if (!path.includes(":") || exists(path)) return [path];
  return path.split(":").filter((file) => file !== "" && exists(file));
}

function loadFiles(paths: readonly string[]): KubeConfig {
  const merged = new KubeConfig();
  for (const path of paths) {
    const config = loadFile(path);
    merged.mergeConfig(config, merged.currentContext !== undefined);
  }
  if (merged.getCurrentCluster() === null || merged.getCurrentUser() === null) {
    throw new Error(
      `Cannot use kubeconfig "${
        paths.join(", ")
      }": its current-context "${merged.currentContext}" ` +
        "names no context with a cluster and a user",
    );
  }
  return merged;
}

function loadFile(path: string): KubeConfig {
  const config = new KubeConfig();
  try {
    config.loadFromFile(path);
    useTokenFiles(config, path);
  } catch (error) {
    throw new Error(`Cannot read kubeconfig "${path}": ${messageOf(error)}`, { cause: error });
  }
  return config;
}

/** client-node 1.4 ignores a user's `tokenFile`; it reads a token file for auth providers alone. */
function useTokenFiles(config: KubeConfig, path: string): void {
  const folder = path.includes("/") ? path.slice(0, path.lastIndexOf("/")) : ".";
  for (const { name, tokenFile } of tokenFilesOf(Deno.readTextFileSync(path))) {
    const absolute = tokenFile.startsWith("/") ? tokenFile : `${folder}/${tokenFile}`;
    const at = config.users.findIndex((user) => user.name === name);
    const user = config.users[at];
    if (user === undefined) continue;
    const { token: _replaced, ...rest } = user;
    config.users[at] = {
      ...rest,
      authProvider: { name: "tokenFile", config: { tokenFile: absolute } },
    };
  }
}

function tokenFilesOf(text: string): { name: string; tokenFile: string }[] {
  const users = (parse(text) as { users?: unknown } | null)?.users;
  if (!Array.isArray(users)) return [];
  return users.flatMap((entry: { name?: unknown; user?: { tokenFile?: unknown } | null }) => {
    const [name, tokenFile] = [entry.name, entry.user?.tokenFile];
    return typeof name === "string" && typeof tokenFile === "string" ? [{ name, tokenFile }] : [];
  });
}

function exists(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
