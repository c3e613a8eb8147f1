import type { KubeConfig } from "@kubernetes/client-node";
import { finishesWithin } from "../../async/finishes_within.ts";
import { loadKubeConfig } from "./kubeconfig.ts";
import { messageOf } from "../../pure/message_of.ts";

/** Everything that a connection to the API server needs. */
export interface Credentials {
  /** URL of the API server, without a slash at its end. */
  readonly server: string;
  readonly proxyUrl: string | undefined;
  /** `Authorization` and `Impersonate-User`. */
  readonly headers: Readonly<Record<string, string>>;
  /** PEM texts. */
  readonly tls: {
    readonly ca: string | undefined;
    readonly cert: string | undefined;
    readonly key: string | undefined;
  };
}

/** How long the answer of an exec plugin is used before client-node is asked again. */
const EXEC_MS = 60_000;
const EXEC_DEADLINE_MS = 30_000;

/** Reads credentials again for each request; only those of an exec plugin are kept for a while. */
export class CredentialReader {
  readonly #path: string | undefined;
  readonly #extraCaFile: string | undefined;
  #config: KubeConfig;
  #kept: { readonly credentials: Promise<Credentials>; readonly until: number } | undefined;
  /** Where the configuration came from: a path, or "the pod's service account". */
  readonly from: string;

  /** Throws when there is no configuration, or one that cannot be used. */
  constructor(path?: string, extraCaFile?: string) {
    this.#path = path;
    this.#extraCaFile = extraCaFile;
    const { config, from } = loadKubeConfig(path);
    this.#config = config;
    this.from = from;
    refuseUnsupported(config);
  }

  /** Namespace of the current context; undefined when it names none. */
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
      return await this.#readConfig();
    }
    if (this.#kept === undefined || this.#kept.until < performance.now()) {
      const kept = { until: performance.now() + EXEC_MS, credentials: this.#readConfig() };
      this.#kept = kept;
      kept.credentials.catch(() => this.#kept = this.#kept === kept ? undefined : this.#kept);
    }
    return await this.#kept.credentials;
  }

  /** Drops these credentials, if they were kept, because the server refused them. */
  async forget(refused: Credentials): Promise<void> {
    if (this.#kept === undefined || await this.#kept.credentials !== refused) return;
    this.#kept = undefined;
    this.#reload();
  }

  /** Adds further authorities to those of the configuration. */
  async #readConfig(): Promise<Credentials> {
    const credentials = await readFrom(this.#config);
    if (this.#extraCaFile === undefined) return credentials;
    const { ca = "", ...others } = credentials.tls;
    const both = `${ca}\n${await readAuthorities(this.#extraCaFile)}`;
    return { ...credentials, tls: { ...others, ca: both } };
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
  // Deno's fetch verifies the name in the URL. Its "tcp" proxy could connect to another address,
  // but then it uses no TLS, and the token would be sent in the clear.
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
    proxyUrl: cluster.proxyUrl || undefined,
    headers: { ...(auth && { "Authorization": auth }), ...headersOf(options.headers) },
    tls: {
      ca: ca ? String(ca) : undefined,
      cert: cert ? String(cert) : undefined,
      key: key ? String(key) : undefined,
    },
  };
}

/** Throws an error that names the flag: a file that is not there would look like an untrusted server. */
async function readAuthorities(path: string): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch (cause) {
    throw new Error(
      `Cannot read "${path}" of --extra-ca-certificates: ${messageOf(cause)}`,
      { cause },
    );
  }
}

async function applied(config: KubeConfig): Promise<Record<string, unknown>> {
  const options = { headers: {} };
  try {
    const applying = config.applyToHTTPSOptions(options);
    if (!await finishesWithin(applying, EXEC_DEADLINE_MS)) throw new Error("no answer in 30 s");
  } catch (error) {
    const why = messageOf(error);
    throw new Error(
      `Cannot get credentials of user "${config.getCurrentUser()?.name}": ${
        why.replace(/\s+/g, " ").trim().slice(0, 300)
      }`,
      { cause: error },
    );
  }
  return options;
}

/** Sets the variable that plugins of `client.authentication.k8s.io` read; client-node does not. */
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

/** Trims values: a token file may end with a line break, which a header must not contain. */
function headersOf(headers: unknown): Record<string, string> {
  if (typeof headers !== "object" || headers === null) return {};
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, String(value).trim()]),
  );
}
