import type { KubeConfig } from "@kubernetes/client-node";
import { loadKubeConfig } from "./kubeconfig.ts";
import { messageOf } from "../../pure/message_of.ts";

/** Everything one connection to the API server needs. */
export interface Credentials {
  /** Base address without a slash at its end. */
  readonly server: string;
  readonly proxyUrl?: string;
  /** `Authorization` and `Impersonate-User`. */
  readonly headers: Readonly<Record<string, string>>;
  /** PEM texts. */
  readonly tls: { readonly ca?: string; readonly cert?: string; readonly key?: string };
}

/** How long the answer of an exec plugin serves without asking it (or its cache) again. */
const EXEC_MS = 60_000;
const EXEC_DEADLINE_MS = 30_000;

/** Reads credentials anew for each connect; only an exec plugin's are kept for a while. */
export class CredentialReader {
  readonly #path: string | undefined;
  #config: KubeConfig;
  #kept: { readonly credentials: Promise<Credentials>; readonly until: number } | undefined;
  /** In words, where the configuration came from. */
  readonly from: string;

  /** Throws when there is no configuration, or one that cannot be used. */
  constructor(path?: string) {
    this.#path = path;
    const { config, from } = loadKubeConfig(path);
    this.#config = config;
    this.from = from;
    refuseUnsupported(config);
  }

  /** Namespace of the current context, if it names one. */
  get namespace(): string | undefined {
    const context = this.#config.getContextObject(this.#config.getCurrentContext());
    return context?.namespace?.trim() || undefined;
  }

  /** Address of the API server. */
  get server(): string {
    return this.#config.getCurrentCluster()?.server ?? "";
  }

  /** Reads certificate, key and token files again, or asks the exec plugin. */
  async read(): Promise<Credentials> {
    // A new KubeConfig has no cache: client-node keeps a token file's content for a minute.
    if (!usesPlugin(this.#config)) {
      this.#reload();
      return await readFrom(this.#config);
    }
    if (this.#kept === undefined || this.#kept.until < performance.now()) {
      const kept = { until: performance.now() + EXEC_MS, credentials: readFrom(this.#config) };
      this.#kept = kept;
      kept.credentials.catch(() => this.#kept = this.#kept === kept ? undefined : this.#kept);
    }
    return await this.#kept.credentials;
  }

  /** The server refused these: what was kept is not used again. */
  async forget(refused: Credentials): Promise<void> {
    if (this.#kept === undefined || await this.#kept.credentials !== refused) return;
    this.#kept = undefined;
    this.#reload();
  }

  #reload(): void {
    const { config } = loadKubeConfig(this.#path);
    refuseUnsupported(config);
    this.#config = config;
  }
}

function refuseUnsupported(config: KubeConfig): void {
  const cluster = config.getCurrentCluster();
  if (cluster === null) return;
  const refuse = (why: string) => {
    throw new Error(`Cannot use cluster "${cluster.name}" of the kubeconfig: ${why}`);
  };
  if (!URL.canParse(cluster.server)) refuse(`its server "${cluster.server}" is not a URL`);
  if (cluster.skipTLSVerify && !cluster.server.startsWith("http:")) {
    refuse("insecure-skip-tls-verify is not supported, give certificate-authority instead");
  }
  // Deno's fetch takes the name from the URL; its "tcp" proxy, which could lead elsewhere, would
  // leave out TLS and send the token in the clear.
  const { hostname } = new URL(cluster.server);
  if (cluster.tlsServerName && cluster.tlsServerName !== hostname) {
    refuse("tls-server-name is not supported, give server by a name that its certificate has");
  }
}

function usesPlugin(config: KubeConfig): boolean {
  const user = config.getCurrentUser();
  return Boolean(user?.exec) || ["exec", "oidc", "gcp", "azure"].includes(user?.authProvider?.name);
}

async function readFrom(config: KubeConfig): Promise<Credentials> {
  const cluster = config.getCurrentCluster();
  if (cluster === null) throw new Error("Cannot find the current cluster in the kubeconfig");
  tellPluginItsVersion(config);
  const plain = cluster.server.startsWith("http:");
  // client-node refuses plain HTTP (`kubectl proxy`) unless told that there is nothing to verify.
  if (plain && !cluster.skipTLSVerify) {
    config.clusters = config.clusters.map((each) =>
      each.name === cluster.name ? { ...each, skipTLSVerify: true } : each
    );
  }
  const options = await applied(config);
  const { ca, cert, key } = options;
  const auth = typeof options.auth === "string" ? `Basic ${btoa(options.auth)}` : undefined;
  return {
    server: cluster.server,
    ...(cluster.proxyUrl && { proxyUrl: cluster.proxyUrl }),
    headers: { ...(auth && { "Authorization": auth }), ...headersOf(options.headers) },
    tls: {
      ...(ca ? { ca: String(ca) } : {}),
      ...(cert ? { cert: String(cert) } : {}),
      ...(key ? { key: String(key) } : {}),
    },
  };
}

async function applied(config: KubeConfig): Promise<Record<string, unknown>> {
  const options = { headers: {} };
  let timer: ReturnType<typeof setTimeout> | undefined;
  try {
    await Promise.race([
      config.applyToHTTPSOptions(options),
      new Promise((_, reject) => {
        timer = setTimeout(() => reject(new Error("no answer in 30 s")), EXEC_DEADLINE_MS);
      }),
    ]);
  } catch (error) {
    const why = messageOf(error);
    throw new Error(
      `Cannot get credentials of user "${config.getCurrentUser()?.name}": ${
        why.replace(/\s+/g, " ").trim().slice(0, 300)
      }`,
      { cause: error },
    );
  } finally {
    clearTimeout(timer);
  }
  return options;
}

/** Plugins of `client.authentication.k8s.io` expect this variable, and client-node does not set it. */
function tellPluginItsVersion(config: KubeConfig): void {
  const exec: { apiVersion?: string; env?: { name: string; value: string }[] | null } | undefined =
    config.getCurrentUser()?.exec;
  const name = "KUBERNETES_EXEC_INFO";
  if (!exec || exec.env?.some((variable) => variable.name === name)) return;
  const info = {
    apiVersion: exec.apiVersion,
    kind: "ExecCredential",
    spec: { interactive: false },
  };
  exec.env = [...exec.env ?? [], { name, value: JSON.stringify(info) }];
}

/** Trimmed: a token file may end with a line break, which a header must not hold. */
function headersOf(headers: unknown): Record<string, string> {
  if (typeof headers !== "object" || headers === null) return {};
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, String(value).trim()]),
  );
}
